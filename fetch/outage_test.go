package fetch

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
)

// TestOutage contacts hosts of which some do not answer. It is an outage only if none of three hosts answers, or none
// of all hosts if there are fewer; every HTTP response counts as an answer.
func TestOutage(t *testing.T) {
	noResponse := errors.New("no route to host")
	feeds := func(urls ...string) (all []broadsheet.Source) {
		for _, u := range urls {
			all = append(all, broadsheet.Source{Kind: broadsheet.KindFeed, URL: u})
		}
		return all
	}
	abcd := feeds("https://a.example/1", "https://b.example/1", "https://c.example/1", "https://d.example/1")
	page := broadsheet.Source{Kind: broadsheet.KindPage, URL: "https://a.example/list", Items: "li"}
	for name, test := range map[string]struct {
		sources         []broadsheet.Source
		visited         int            // how many of the sources are fetched
		answers         map[string]int // host, or host and path → status; missing: no response
		outage, certain bool
	}{
		"no source fetched":                 {abcd, 0, nil, false, false},
		"four of four":                      {abcd, 4, nil, true, true},
		"three of four":                     {abcd, 3, nil, true, true},
		"two of four":                       {abcd, 2, nil, false, false},
		"all of one":                        {feeds("https://a.example/1"), 1, nil, true, false},
		"both of two":                       {feeds("https://a.example/1", "https://b.example/1"), 2, nil, true, false},
		"one of two":                        {feeds("https://a.example/1", "https://b.example/1"), 1, nil, false, false},
		"three sources at one of two hosts": {feeds("https://a.example/1", "https://a.example/2", "http://a.example/3", "https://b.example/1"), 3, nil, false, false},
		"three sources on one shared host of two hosts": {feeds("https://medium.com/feed/1", "https://netflixtechblog.com/feed", "https://x.medium.com/feed", "https://b.example/1"),
			3, nil, false, false},
		"all sources are at one host": {feeds("https://a.example/1", "https://a.example/2", "https://a.example/3"), 3, nil, true, false},
		"another port is another":     {feeds("https://a.example/1", "https://a.example:81/1", "https://a.example:82/1"), 3, nil, true, true},
		"a 404":                       {abcd, 4, map[string]int{"d.example": 404}, false, false},
		"a 500":                       {abcd, 4, map[string]int{"c.example": 500}, false, false},
		"a 429":                       {abcd, 4, map[string]int{"a.example": 429}, false, false},
		"a redirect to a host that does not answer": {abcd, 4, map[string]int{"a.example": 301}, false, false},
		"a robots.txt":              {[]broadsheet.Source{page}, 1, map[string]int{"a.example/robots.txt": 404}, false, false},
		"not even a robots.txt":     {[]broadsheet.Source{page}, 1, nil, true, false},
		"an address that we refuse": {feeds("http://10.0.0.1/1", "http://10.0.0.2/1", "http://10.0.0.3/1", "http://10.0.0.4/1"), 4, nil, false, false},
		"a list needs no request":   {[]broadsheet.Source{{Kind: broadsheet.KindList, Name: "x", List: []broadsheet.ListEntry{{URL: "https://a.example/"}}}}, 1, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			transport := roundTripFunc(func(r *http.Request) (*http.Response, error) {
				status := test.answers[r.URL.Host] + test.answers[r.URL.Host+r.URL.Path]
				if status == 0 {
					return nil, noResponse
				}
				header := http.Header{"Location": {"https://silent.example/"}}
				return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: r}, nil
			})
			fetcher := New(Options{Now: clockAtNoon, Transport: transport})
			for _, s := range test.sources[:test.visited] {
				_, _, err := fetcher.FetchSource(context.Background(), s, broadsheet.Visit{})
				if err == nil && s.Kind != broadsheet.KindList || strings.Contains(name, "refuse") && !client.IsPermanent(err) {
					t.Errorf("%s: %v", s.URL, err)
				}
			}
			if outage, certain := fetcher.Outage(test.sources); outage != test.outage || certain != test.certain {
				t.Errorf("outage %v, certain %v; want %v, %v", outage, certain, test.outage, test.certain)
			}
			if fetcher.AnyHostAnswered() != (test.answers != nil) {
				t.Errorf("answered: %v", fetcher.AnyHostAnswered())
			}
		})
	}
}
