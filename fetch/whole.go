package fetch

import (
	"bytes"
	"context"
	"net/http"

	"broadsheet"
)

// Whole is what stands at an address of the maintainer's own, such as a publication that was lost here, unpacked and as
// it came; missing when its server says that nothing is there. robots.txt is for strangers, and not asked.
func (f *Fetcher) Whole(ctx context.Context, address string) (whole []byte, missing bool, err error) {
	u, err := webAddress(address)
	if err != nil {
		return nil, false, &trouble{maskedAddress(address), err.Error(), err}
	}
	login := u.User
	u.User = nil
	a, err := f.door.open(ctx, trip{to: u, login: login, permit: permitOf(broadsheet.Source{URL: u.String(), AllowPrivate: true}), accept: "*/*", maxBytes: f.door.limits.Body})
	if err != nil {
		return nil, false, err
	}
	defer a.leave()
	switch {
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		return nil, true, nil
	case a.status != http.StatusOK:
		return nil, false, told(a.url, statusFault(a))
	case a.cut != nil:
		return nil, false, told(a.url, a.cut)
	}
	whole, err = withParseSlot(ctx, f.door, a, func(body []byte, _ bool) ([]byte, error) { return bytes.Clone(body), nil })
	if err != nil {
		err = told(a.url, err)
	}
	return whole, false, err
}
