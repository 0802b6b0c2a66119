package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// WebhookClient is a client whose requests pass the door like all others, for telling the web something, such as a hub that
// there is news. The client follows no redirect, and of an answer it gives status and header alone.
func (d *Client) WebhookClient(p Permission) *http.Client {
	return &http.Client{
		Transport:     &WebhookTransport{d, p},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// WebhookTransport sends a client's requests through the door.
type WebhookTransport struct {
	client *Client
	permit Permission
}

// RoundTrip sends one request when its host's turn has come.
func (t *WebhookTransport) RoundTrip(asked *http.Request) (*http.Response, error) {
	if asked.Body != nil {
		defer asked.Body.Close()
	}
	at, err := ParseURL(asked.URL.String())
	if err != nil {
		return nil, err
	}
	answer, err := t.send(asked, at)
	if err != nil {
		return nil, &Failure{Reason: describeError(err, at), Cause: err}
	}
	return answer, nil
}

// send sends a request; once more where the server did not process it and its body can be had again.
func (t *WebhookTransport) send(asked *http.Request, at *url.URL) (*http.Response, error) {
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

func (t *WebhookTransport) attempt(asked *http.Request, body io.ReadCloser, at *url.URL, first bool) (*http.Response, error) {
	turn, err := t.client.Limiter.Acquire(asked.Context(), at)
	if err != nil {
		return nil, err
	}
	defer turn.Release()
	limit := t.client.Limits.Timeout
	ctx, cancel := context.WithTimeoutCause(asked.Context(), limit, &TimeoutError{limit})
	defer cancel()
	req := asked.Clone(ctx)
	req.URL, req.Host, req.Body = at, "", body
	req.Header.Set("User-Agent", t.client.agent)
	answer, err := t.client.transportFor(req, t.permit).RoundTrip(req)
	if first && errors.As(err, new(*unprocessed)) {
		turn.asked()
		return nil, err
	}
	turn.answered(err == nil)
	if err != nil {
		return nil, requestError(ctx, err)
	}
	_ = answer.Body.Close()
	answer.Body = http.NoBody
	return answer, nil
}
