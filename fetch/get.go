package fetch

import (
	"context"
	"net/http"

	"broadsheet"
	"broadsheet/fetch/client"
)

// Get is what stands at an address of the maintainer's own, such as a publication that was lost here, unpacked and as
// it came; missing when its server says that nothing is there. robots.txt is for strangers, and not asked.
func (f *Fetcher) Get(ctx context.Context, address string) (whole []byte, missing bool, err error) {
	u, err := client.ParseURL(address)
	if err != nil {
		return nil, false, client.InvalidURL(address, err)
	}
	login := u.User
	u.User = nil
	a, err := f.client.Do(ctx, client.Request{URL: u, Credentials: login, Permission: client.PermissionFor(broadsheet.Source{URL: u.String(), AllowPrivate: true}), Accept: "*/*", MaxBytes: f.client.Limits.Body})
	if err != nil {
		return nil, false, err
	}
	defer a.Release()
	switch {
	case a.Status == http.StatusNotFound || a.Status == http.StatusGone:
		return nil, true, nil
	case a.Status != http.StatusOK:
		return nil, false, client.ErrorAt(a.URL, client.StatusError(a))
	case a.Incomplete != nil:
		return nil, false, client.ErrorAt(a.URL, a.Incomplete)
	}
	whole, err = client.WithParseSlot(ctx, f.client, a, func(body []byte, _ bool) ([]byte, error) { return body, nil })
	if err != nil {
		err = client.ErrorAt(a.URL, err)
	}
	return whole, false, err
}
