package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// WebhookClient returns an http.Client for notifying other services, such as a WebSub hub of a new edition. Its
// requests pass the same checks and limits as all others. It follows no redirect, and its responses have a status and a
// header, but no body.
func (c *Client) WebhookClient(p Permission) *http.Client {
	return &http.Client{
		Transport:     &webhookTransport{c, p},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// webhookTransport is the http.RoundTripper of a WebhookClient.
type webhookTransport struct {
	client     *Client
	permission Permission
}

// RoundTrip sends one request as soon as the limiter allows it.
func (t *webhookTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	u, err := ParseURL(req.URL.String())
	if err != nil {
		return nil, err
	}
	resp, err := t.send(req, u)
	if denied := (*Failure)(nil); errors.As(err, &denied) {
		return nil, denied // described already
	}
	if err != nil {
		return nil, &Failure{Reason: describeError(err, u), Cause: err}
	}
	return resp, nil
}

// send sends a request, and repeats it once if the server did not process it and the body can be sent again.
func (t *webhookTransport) send(req *http.Request, u *url.URL) (*http.Response, error) {
	if err := t.permission.check(u); err != nil {
		return nil, err
	}
	u.User = nil // http.Client has put it into the header
	resp, err := t.attempt(req, req.Body, u, true)
	if errors.As(err, new(*unprocessed)) && (req.Body == nil || req.GetBody != nil) {
		body := req.Body
		if req.GetBody != nil {
			if body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
		resp, err = t.attempt(req, body, u, false)
	}
	return resp, err
}

func (t *webhookTransport) attempt(orig *http.Request, body io.ReadCloser, u *url.URL, first bool) (*http.Response, error) {
	slot, err := t.client.Limiter.Acquire(orig.Context(), u, continues)
	if err != nil {
		return nil, err
	}
	defer slot.Release()
	timeout := t.client.Limits.Timeout
	ctx, cancel := context.WithTimeoutCause(orig.Context(), timeout, &TimeoutError{timeout})
	defer cancel()
	req := orig.Clone(ctx)
	req.URL, req.Host, req.Body = u, "", body
	req.Header.Set("User-Agent", t.client.userAgent)
	resp, err := t.client.transportFor(req, t.permission).RoundTrip(req)
	if wasSent(err) {
		slot.recordRequest()
	}
	if first && errors.As(err, new(*unprocessed)) {
		return nil, err
	}
	if err != nil {
		slot.recordResult(unanswered)
	} else {
		slot.recordResult(answered)
	}
	if err != nil {
		return nil, requestError(ctx, err)
	}
	_ = resp.Body.Close()
	resp.Body = http.NoBody
	return resp, nil
}
