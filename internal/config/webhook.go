package config

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Webhook is an address that gets a JSON message for each new edition. Whoever knows the address can post there, so it is
// secret. Exactly one of URL, URLEnv and URLFile is set.
type Webhook struct {
	URL     string
	URLEnv  string // environment variable that holds the URL
	URLFile string // file whose first line is the URL

	AllowPrivate bool // its host may have a private IP address
}

// maxWebhooks bounds what a run sends.
const maxWebhooks = 20

const webhookExample = "[https://hooks.example.com/services/T0/B0/abc]"

var webhookFields = []field{
	{key: "url", goName: "URL", typ: urlType("https://hooks.example.com/services/T0/B0/abc"), example: "https://hooks.example.com/services/T0/B0/abc",
		doc: "The address to post to. Whoever knows it can post there too: where others read this file, use url_env or url_file."},
	{key: "url_env", goName: "URLEnv", typ: envVarType("PAPER_WEBHOOK", "address"), example: "PAPER_WEBHOOK",
		doc: "The environment variable that holds the address, in place of url."},
	{key: "url_file", goName: "URLFile", typ: textType("the path of a file", "/run/secrets/webhook", 1000), example: "/run/secrets/webhook",
		doc: "A file whose first line is the address, in place of url."},
	{key: "allow_private", goName: "AllowPrivate", typ: boolType(), example: "true",
		doc: "Its host may be at a private address, inside your own network."},
}

// webhooksType is one webhook or a list of them, each a URL or a map.
func webhooksType() valueType {
	bare := urlType("https://hooks.example.com/services/T0/B0/abc")
	one := []any{bare.schema, mapSchema(webhookFields)}
	schema := object{"anyOf": append(one[:2:2], object{"type": "array", "minItems": 1, "items": object{"anyOf": one}})}
	return valueType{description: "a list of addresses, or of maps of keys", schema: schema, fields: webhookFields, decode: func(d *decoder, key string, n *yaml.Node) any {
		nodes := listItems(n)
		switch {
		case isKind(yaml.ScalarNode, n), isKind(yaml.MappingNode, n) && len(n.Content) > 0:
			nodes = []*yaml.Node{n}
		case !isKind(yaml.SequenceNode, n) || len(nodes) == 0:
			return d.wrongType(key, n, "a web address, or a list of them", webhookExample)
		case len(nodes) > maxWebhooks:
			d.errorf(n, "keep at most 20", "%s has %d entries", key, len(nodes))
			return nil
		}
		var all []Webhook
		seen := map[Webhook]*yaml.Node{}
		for _, node := range nodes {
			w, ok := d.decodeWebhook(key, node)
			if !ok {
				continue
			}
			same := w
			same.AllowPrivate = false
			if first := seen[same]; first != nil {
				d.errorf(node, "remove one of them", "this webhook stands here a second time, first in line %d", first.Line)
			}
			seen[same] = node
			all = append(all, w)
		}
		return all
	}}
}

// decodeWebhook decodes one webhook: its URL, or a map.
func (d *decoder) decodeWebhook(key string, n *yaml.Node) (w Webhook, ok bool) {
	if isKind(yaml.ScalarNode, n) {
		d.hideURL(n)
		w.URL, ok = urlType(webhookFields[0].example).decode(d, key, n).(string)
		return w, ok
	}
	if !isKind(yaml.MappingNode, n) {
		d.wrongType(entryPrefix+key, n, "a web address, or a map with url:, url_env: or url_file:", webhookFields[0].example)
		return w, false
	}
	for _, e := range d.entries(n) {
		if e.name == "url" {
			d.hideURL(e.value)
		}
	}
	found := d.decodeMap(n, webhookFields, reflect.ValueOf(&w).Elem())
	var where []*yaml.Node
	for _, name := range []string{"url", "url_env", "url_file"} {
		if found[name] != nil {
			where = append(where, found[name])
		}
	}
	switch {
	case len(where) == 0:
		d.errorf(n, "write url:, url_env: or url_file:", "this webhook has no address")
	case len(where) > 1:
		d.errorf(where[1], "keep one of them", "the address stands in more than one place")
	}
	return w, len(where) == 1 && w.URL+w.URLEnv+w.URLFile != ""
}

// hideURL keeps the path of a URL out of the messages about this file. A value that is too short to be one is left, since
// it would be replaced wherever it occurs.
func (d *decoder) hideURL(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && len(n.Value) > 8 {
		d.secretURLs = append(d.secretURLs, n.Value)
	}
}

// CheckWebhookURL returns what is wrong with the URL of a webhook that feeds.yaml does not hold itself, in words that do
// not repeat it; "" if nothing is.
func CheckWebhookURL(text string) string {
	if text == "" {
		return "is empty"
	}
	if _, problem, _ := parseURL(text); problem != "" {
		return "is not a web address, as https://hooks.example.com/services/T0/B0/abc is one"
	}
	return ""
}
