package config

import (
	"cmp"
	"time"
)

// WithDefaults returns the limits with the default in place of each zero value. A negative Gap stays: it means no gap at
// all.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Timeout:   cmp.Or(l.Timeout, 20*time.Second),
		Run:       cmp.Or(l.Run, 20*time.Minute),
		Body:      cmp.Or(l.Body, 16<<20),
		Gap:       cmp.Or(l.Gap, time.Second),
		Hosts:     cmp.Or(l.Hosts, 320),
		Redirects: cmp.Or(l.Redirects, 10),
		Pages:     cmp.Or(l.Pages, 200),
	}
}
