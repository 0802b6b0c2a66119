package fetch

import (
	"context"
	"net/http"
	"net/url"
)

// Client is a client whose requests pass the door like all others, for telling the web something, such as a hub that
// there is news. named is the address in feeds.yaml that it is for: its port may be asked, whatever it is. The client
// follows no redirect, and of an answer it gives status and header alone.
func (f *Fetcher) Client(named string) *http.Client {
	p := permit{places: map[string]bool{}}
	if u, err := webAddress(named); err == nil {
		p.places[place(u)] = true
	}
	return &http.Client{
		Transport:     &teller{f.door, p},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// teller sends a client's requests through the door.
type teller struct {
	door   *door
	permit permit
}

// RoundTrip sends one request when its host's turn has come.
func (t *teller) RoundTrip(asked *http.Request) (*http.Response, error) {
	if asked.Body != nil {
		defer asked.Body.Close()
	}
	at, err := webAddress(asked.URL.String())
	if err != nil {
		return nil, err
	}
	answer, err := t.tell(asked, at)
	if err != nil {
		return nil, &fault{what: inWords(err, at), cause: err}
	}
	_ = answer.Body.Close()
	answer.Body = http.NoBody
	return answer, nil
}

func (t *teller) tell(asked *http.Request, at *url.URL) (*http.Response, error) {
	if err := t.permit.check(at); err != nil {
		return nil, err
	}
	turn, err := t.door.hosts.enter(asked.Context(), at)
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	limit := t.door.limits.Timeout
	ctx, cancel := context.WithTimeoutCause(asked.Context(), limit, &slow{limit})
	defer cancel()
	req := asked.Clone(ctx)
	at.User = nil // the client has made a header of it
	req.URL, req.Host = at, ""
	req.Header.Set("User-Agent", t.door.agent)
	answer, err := t.door.pick(req, t.permit).RoundTrip(req)
	turn.asked(err == nil)
	if err != nil {
		return nil, cause(ctx, err)
	}
	return answer, nil
}
