package link

import "strings"

// clickMarks are parameters that name a campaign or a click and nothing else, whatever the site.
var clickMarks = map[string]bool{
	"fbclid": true, "gclid": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true, "yclid": true,
	"twclid": true, "igshid": true, "mc_cid": true, "mc_eid": true, "_hsenc": true, "_hsmi": true, "mkt_tok": true,
}

// Display is a link as readers get it: without the parameters that would tell its site which feed they came from.
// Everything else stays as it was told, byte for byte: unlike a key, it must still lead there.
func Display(link string) string {
	head, fragment, hasFragment := strings.Cut(link, "#")
	path, query, found := strings.Cut(head, "?")
	if !found {
		return link
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name = strings.ToLower(name); pair != "" && !clickMarks[name] && !strings.HasPrefix(name, "utm_") {
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
