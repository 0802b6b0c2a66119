package link

import "strings"

// clickParameters are the query parameters that identify a campaign or a click and nothing else, on any site.
var clickParameters = map[string]bool{
	"fbclid": true, "gclid": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true, "yclid": true,
	"twclid": true, "igshid": true, "mc_cid": true, "mc_eid": true, "_hsenc": true, "_hsmi": true, "mkt_tok": true,
}

// Display returns a link as readers get it: without the tracking parameters (utm_…, fbclid, …) that would tell the site
// which feed its readers came from. Everything else stays as it was in the feed, byte for byte: unlike a key, the link
// must still work.
func Display(link string) string {
	head, fragment, hasFragment := strings.Cut(link, "#")
	path, query, found := strings.Cut(head, "?")
	if !found {
		return link
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name = strings.ToLower(name); pair != "" && !clickParameters[name] && !strings.HasPrefix(name, "utm_") {
			kept = append(kept, pair)
		}
	}
	if len(kept) > 0 {
		path += "?" + strings.Join(kept, "&")
	}
	if hasFragment {
		path += "#" + fragment
	}
	return path
}
