package config

import "time"

// OrDefaults fills what feeds.yaml leaves out. A negative Gap stays: no gap at all.
func (l Limits) OrDefaults() Limits {
	return Limits{
		Timeout:   orDefault(l.Timeout, 20*time.Second),
		Run:       orDefault(l.Run, 20*time.Minute),
		Body:      orDefault(l.Body, 16<<20),
		Gap:       orDefault(l.Gap, time.Second),
		Hosts:     orDefault(l.Hosts, 320),
		Redirects: orDefault(l.Redirects, 10),
		Pages:     orDefault(l.Pages, 200),
	}
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
