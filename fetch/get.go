package fetch

import (
	"context"
	"net/http"

	"broadsheet"
	"broadsheet/fetch/client"
)

// Get returns the document at an address of the maintainer's own, decompressed, such as an earlier publication that is
// lost on this machine. missing reports a status of 404 or 410. The address may be private. Get does not check
// robots.txt, which is meant for other people's sites.
func (f *Fetcher) Get(ctx context.Context, address string) (body []byte, missing bool, err error) {
	u, credentials, err := parseURL(address)
	if err != nil {
		return nil, false, err
	}
	resp, err := f.client.Do(ctx, client.Request{
		URL: u, Credentials: credentials, Accept: "*/*", MaxBytes: f.client.Limits.Body,
		Permission: client.PermissionFor(broadsheet.Source{URL: u.String(), AllowPrivate: true}),
	})
	if err != nil {
		return nil, false, err
	}
	defer resp.Release()
	switch {
	case resp.Status == http.StatusNotFound || resp.Status == http.StatusGone:
		return nil, true, nil
	case !resp.OK():
		return nil, false, client.ErrorAt(resp.URL, client.StatusError(resp))
	case resp.Incomplete != nil:
		return nil, false, client.ErrorAt(resp.URL, resp.Incomplete)
	}
	body, err = client.WithParseSlot(ctx, f.client, resp, func(body []byte, _ bool) ([]byte, error) { return body, nil })
	if err != nil {
		err = client.ErrorAt(resp.URL, err)
	}
	return body, false, err
}
