package config

import (
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// Bounds of the header fields of a source.
const (
	maxHeaders     = 30
	maxHeaderValue = 4096 // bytes
)

var (
	headerNameRE = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$") // a token of RFC 9110
	// headerValueRE matches what a field may have without a doubt about how servers read it: printable ASCII.
	headerValueRE = regexp.MustCompile(`^[!-~](?:[ -~]*[!-~])?$`)
)

// refusedHeaders says of header fields why feeds.yaml cannot set them, by name in lower case. What is not here and does
// not begin like one of refusedPrefixes may be set, Authorization and Cookie among them.
var refusedHeaders = map[string]string{
	"host":              "it is that of the address",
	"user-agent":        "write user_agent: in place of it",
	"accept-encoding":   "the program asks for what it can decompress",
	"range":             "only whole documents are read",
	"connection":        "it is about the connection, which the program keeps",
	"keep-alive":        "it is about the connection, which the program keeps",
	"te":                "it is about the connection, which the program keeps",
	"trailer":           "it is about the connection, which the program keeps",
	"transfer-encoding": "it is about the connection, which the program keeps",
	"upgrade":           "it is about the connection, which the program keeps",
	"http2-settings":    "it is about the connection, which the program keeps",
	"expect":            "requests have no body",
}

var refusedPrefixes = map[string]string{
	"content-": "requests have no body",
	"if-":      "the program itself asks for what has changed",
	"proxy-":   "a proxy's name and password belong into HTTPS_PROXY",
}

// refusedHeader returns why feeds.yaml cannot set a header field; "" if it can.
func refusedHeader(name string) string {
	name = strings.ToLower(name)
	for prefix, why := range refusedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return why
		}
	}
	return refusedHeaders[name]
}

// headersType is a map of header fields. No message quotes a value, or a name that may be one: they can be secret.
func headersType() valueType {
	const example = "{Authorization: Bearer 0123456789}"
	description := "a map of header fields"
	schema := object{"type": "object", "minProperties": 1, "maxProperties": maxHeaders, "propertyNames": object{"pattern": headerNameRE.String()},
		"additionalProperties": object{"type": []string{"string", "number", "boolean"}, "maxLength": maxHeaderValue}}
	return valueType{description: description, schema: schema, decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.MappingNode, n) || len(n.Content) == 0 {
			d.errorf(n, "write "+description+", for example "+exampleYAML(key, example), "%s is not %s", key, description)
			return nil
		}
		headers := broadsheet.Headers{}
		for _, e := range d.headerEntries(n) {
			d.decodeHeader(e, headers)
		}
		if len(headers) > maxHeaders {
			d.errorf(n, fmt.Sprintf("keep at most %d", maxHeaders), "%s has %d entries", key, len(headers))
		}
		return headers
	}}
}

// headerEntries returns the entries of a map of header fields, with those of its merge keys that it has not itself.
// Unlike those of entries, its messages quote no key.
func (d *decoder) headerEntries(n *yaml.Node) (all []entry) {
	var merged []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolveAlias(n.Content[i]), resolveAlias(n.Content[i+1])
		switch {
		case key.Tag == "!!merge" && value.Kind == yaml.MappingNode:
			merged = append(merged, d.headerEntries(value)...)
		case key.Kind != yaml.ScalarNode || !headerNameRE.MatchString(key.Value):
			d.errorf(n.Content[i], "write a name such as X-Api-Key, a colon, a space and the value", "a key under headers is not the name of a header field")
		default:
			all = append(all, entry{key.Value, n.Content[i], value})
		}
	}
	for _, e := range merged {
		if !slices.ContainsFunc(all, func(own entry) bool { return strings.EqualFold(own.name, e.name) }) {
			all = append(all, e)
		}
	}
	return all
}

// decodeHeader adds a header field to headers.
func (d *decoder) decodeHeader(e entry, headers broadsheet.Headers) {
	name, why := textproto.CanonicalMIMEHeaderKey(e.name), refusedHeader(e.name)
	_, twice := headers[name]
	switch {
	case why != "":
		d.errorf(e.key, "remove it: "+why, "the header %s cannot be set", name)
	case twice:
		d.errorf(e.key, "keep one of them", "the header %s stands here a second time", name)
	case !isKind(yaml.ScalarNode, e.value) || strings.TrimSpace(e.value.Value) == "":
		d.errorf(e.value, "write its value after the colon, or remove it", "the header %s has no value", name)
	case !headerValueRE.MatchString(strings.TrimSpace(e.value.Value)) || len(e.value.Value) > maxHeaderValue:
		d.errorf(e.value, fmt.Sprintf("write at most %d characters on one line, of letters, digits and signs in ASCII", maxHeaderValue), "the value of the header %s cannot be sent", name)
	default:
		headers[name] = strings.TrimSpace(e.value.Value)
	}
}

// userAgentType is the value of the header User-Agent. No message quotes it.
func userAgentType() valueType {
	const maxLen, example = 500, "ExampleReader/1.0"
	description := "a text of one line in ASCII"
	return valueType{description: description, schema: object{"type": "string", "pattern": headerValueRE.String(), "maxLength": maxLen}, decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.ScalarNode, n) || !headerValueRE.MatchString(n.Value) || len(n.Value) > maxLen {
			d.errorf(n, fmt.Sprintf("write %s, of at most %d characters, for example %s", description, maxLen, exampleYAML(key, example)), "%s is not %s", key, description)
			return nil
		}
		return n.Value
	}}
}

// checkHeaders finds a name and password that the source has twice.
func (d *decoder) checkHeaders(s *sourceEntry, found map[string]*yaml.Node) {
	if s.Headers["Authorization"] == "" {
		return
	}
	if u, problem, _ := parseURL(s.URL); problem == "" && u.User != nil {
		d.errorf(found["headers"], "keep one of them", "the address has a name or password, and headers has Authorization")
	}
}
