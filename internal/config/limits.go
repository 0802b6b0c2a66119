package config

import (
	"cmp"
	"time"
)

// DefaultGap is the gap between two requests to a host of which nothing else is known.
const DefaultGap = time.Second

// WithDefaults returns the limits with the default in place of each zero value. Gap stays as it is: zero means that it
// depends on the host, a negative one no gap at all.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Timeout:   cmp.Or(l.Timeout, 20*time.Second),
		Run:       cmp.Or(l.Run, 20*time.Minute),
		Body:      cmp.Or(l.Body, 16<<20),
		Gap:       l.Gap,
		Requests:  cmp.Or(l.Hosts.AtOnce, l.Requests, 320),
		Hosts:     l.Hosts,
		Redirects: cmp.Or(l.Redirects, 10),
		Pages:     cmp.Or(l.Pages, 200),
	}
}
