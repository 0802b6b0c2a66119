package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// webhook is a client whose requests pass the door like all others, for telling the web something, such as a hub that
// there is news. The client follows no redirect, and of an answer it gives status and header alone.
func (d *door) webhook(p permit) *http.Client {
	return &http.Client{
		Transport:     &teller{d, p},
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
	return answer, nil
}

// tell sends a request; once more where the server did not process it and its body can be had again.
func (t *teller) tell(asked *http.Request, at *url.URL) (*http.Response, error) {
	if err := t.permit.check(at); err != nil {
		return nil, err
	}
	at.User = nil // the client has made a header of it
	answer, err := t.attempt(asked, asked.Body, at, true)
	if errors.As(err, new(*unprocessed)) && (asked.Body == nil || asked.GetBody != nil) {
		body := asked.Body
		if asked.GetBody != nil {
			if body, err = asked.GetBody(); err != nil {
				return nil, err
			}
		}
		answer, err = t.attempt(asked, body, at, false)
	}
	return answer, err
}

func (t *teller) attempt(asked *http.Request, body io.ReadCloser, at *url.URL, first bool) (*http.Response, error) {
	turn, err := t.door.hosts.enter(asked.Context(), at)
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	limit := t.door.limits.Timeout
	ctx, cancel := context.WithTimeoutCause(asked.Context(), limit, &slow{limit})
	defer cancel()
	req := asked.Clone(ctx)
	req.URL, req.Host, req.Body = at, "", body
	req.Header.Set("User-Agent", t.door.agent)
	answer, err := t.door.pick(req, t.permit).RoundTrip(req)
	if first && errors.As(err, new(*unprocessed)) {
		turn.asked()
		return nil, err
	}
	turn.answered(err == nil)
	if err != nil {
		return nil, cause(ctx, err)
	}
	_ = answer.Body.Close()
	answer.Body = http.NoBody
	return answer, nil
}
