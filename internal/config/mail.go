package config

import (
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"broadsheet/internal/link"

	"go.yaml.in/yaml/v3"
)

// MailSettings is the section mail of feeds.yaml: the server that sends the editions, the sender and the recipients. It
// does not contain the password, since others may read feeds.yaml.
type MailSettings struct {
	From string   // sender, a mailbox of RFC 5322: "Name <name@host>"; empty: feeds.yaml has no section mail
	To   []string // recipients, mailboxes

	Host string // SMTP server
	Port int    // 0: the default port for that value of TLS
	TLS  string // "starttls", "tls" (implicit TLS, from the first byte) or "none" (only if Host is this machine)
	User string // empty: the server needs no authentication

	PasswordEnv, PasswordFile string // environment variable or file with the password; exactly one is set if User is

	Unsubscribe string // mailto: or https: URL by which a recipient unsubscribes; empty: a mail to From
}

var mailFields = []field{
	{key: "from", goName: "From", typ: mailboxType("Systems Daily <daily@example.com>"), example: "Systems Daily <daily@example.com>",
		doc: "The sender, as an address or a name with an address; it must be there."},
	{key: "to", goName: "To", typ: listType[string]("a list of mail addresses", mailboxType("reader@example.com"), 1, "[reader@example.com]"), example: "[reader@example.com, Ann Other <ann@example.com>]",
		doc: "To whom each edition is sent, a letter for each; nobody sees the others."},
	{key: "host", goName: "Host", typ: hostType("mail.example.com"), example: "mail.example.com",
		doc: "The SMTP server; it must be there."},
	{key: "port", goName: "Port", typ: integerType(1, 65535, "587"), example: "587",
		doc: "Its port; left out, 587 with `tls: starttls`, 465 with `tls: tls` and 25 with `tls: none`."},
	{key: "tls", goName: "TLS", typ: enumType("starttls", "tls", "none"), defaultYAML: "starttls", example: "tls",
		doc: "How the connection is encrypted: by `starttls`, without which nothing is sent; from its first byte with `tls`; `none` only to a host on this machine."},
	{key: "user", goName: "User", typ: textType("a text", "daily@example.com", 300), example: "daily@example.com",
		doc: "The name that the server knows you by, where it asks for one."},
	{key: "password_env", goName: "PasswordEnv", typ: envVarType("MAIL_PASSWORD", "password"), example: "MAIL_PASSWORD",
		doc: "The environment variable that holds the password, which never stands in this file itself."},
	{key: "password_file", goName: "PasswordFile", typ: textType("the path of a file", "/run/secrets/mail", 1000), example: "/run/secrets/mail",
		doc: "A file whose first line is the password, in place of password_env."},
	{key: "unsubscribe", goName: "Unsubscribe", typ: unsubscribeType(), example: "mailto:off@example.com",
		doc: "Where a receiver is taken off the list, a `mailto:` or `https://` address; left out, a mail to the sender."},
}

// mailType is the section mail, with the checks that involve several of its keys.
func mailType() valueType {
	const example = "{from: daily@example.com, host: localhost, tls: none, to: [reader@example.com]}"
	t := mapType[MailSettings](mailFields, example)
	t.schema = mapSchema(mailFields, "from", "host")
	t.decode = func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.MappingNode, n) {
			return d.wrongType(key, n, t.description, example)
		}
		var m MailSettings
		d.checkMail(n, d.decodeMap(n, mailFields, reflect.ValueOf(&m).Elem()), m)
		return m
	}
	return t
}

// checkMail checks that the keys of the section mail fit together. n is the section, found holds its values by key, m
// is what they were decoded to.
func (d *decoder) checkMail(n *yaml.Node, found map[string]*yaml.Node, m MailSettings) {
	for _, required := range []string{"from", "host"} {
		if found[required] == nil {
			d.errorf(n, "write "+exampleYAML(required, map[string]string{"from": "daily@example.com", "host": "mail.example.com"}[required]), "mail has no %s", required)
		}
	}
	user, env, file := found["user"], found["password_env"], found["password_file"]
	switch {
	case env != nil && file != nil:
		d.errorf(file, "keep one of them", "the password is both in a variable and in a file")
	case user != nil && env == nil && file == nil:
		d.errorf(user, "name an environment variable with password_env, or a file with password_file", "mail has a user and no password")
	case user == nil && (env != nil || file != nil):
		d.errorf(n, "write user: and the name that the server knows you by", "mail has a password and no user")
	}
	if m.TLS == "none" && m.Host != "" && !isLoopback(m.Host) {
		d.errorf(found["tls"], "write starttls or tls; only a host such as localhost needs none", "tls none would send letters in the clear over the network to %s", quoteForMessage(m.Host))
	}
	seen := map[string]bool{}
	for i, to := range m.To {
		a, err := mail.ParseAddress(to)
		if err != nil || len(m.To) != len(found["to"].Content) {
			continue
		}
		if address := strings.ToLower(a.Address); seen[address] {
			d.errorf(resolveAlias(found["to"].Content[i]), "remove one of them", "%s stands here a second time", quoteForMessage(a.Address))
		} else {
			seen[address] = true
		}
	}
}

// isLoopback reports whether a host is the machine that the program runs on.
func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

// mailboxType is a mailbox of RFC 5322: an e-mail address, with a name or without.
func mailboxType(example string) valueType {
	return scalarType("a mail address", example, object{"type": "string", "pattern": "@"}, func(text string) (any, string, string) {
		clean, problem, remedy := cleanLine(text, 320)
		if problem != "" {
			return nil, problem, remedy
		}
		a, err := mail.ParseAddress(clean)
		if err != nil || strings.HasPrefix(clean, "mailto:") {
			return nil, "is not a mail address", "write name@host or Name <name@host>, for example " + example
		}
		if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
			return nil, "is an address that few servers take", "write name@host, without quotes and spaces"
		}
		return clean, "", ""
	})
}

// hostType is a host name or an IP address, without a port.
func hostType(example string) valueType {
	return scalarType("the name of a host", example, object{"type": "string"}, func(text string) (any, string, string) {
		text = strings.TrimSpace(text)
		if _, err := netip.ParseAddr(text); err == nil {
			return text, "", ""
		}
		switch host, port, found := strings.Cut(text, ":"); {
		case found && hostnameRE.MatchString(host) && link.IsPort(port):
			return nil, "is a host and a port", "write host: " + host + " and port: " + port
		case !hostnameRE.MatchString(text) || strings.Contains(text, "..") || len(text) > 253:
			return nil, "is not the name of a host", "write it alone, for example " + example
		}
		return text, "", ""
	})
}

var envVarRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// envVarType is the name of an environment variable. Messages do not quote an invalid one, since it may be the
// secret itself, such as the password.
func envVarType(example, secret string) valueType {
	description := "the name of an environment variable"
	return valueType{description: description, schema: object{"type": "string", "pattern": envVarRE.String()}, decode: func(d *decoder, key string, n *yaml.Node) any {
		if !isKind(yaml.ScalarNode, n) || !envVarRE.MatchString(n.Value) {
			d.errorf(n, "write "+description+", for example "+exampleYAML(key, example)+", and keep the "+secret+" itself out of this file", "%s is not %s", key, description)
			return nil
		}
		return n.Value
	}}
}

// unsubscribeType is a mailto: or https: URL, as the header List-Unsubscribe of RFC 2369 needs it.
func unsubscribeType() valueType {
	const example = "mailto:off@example.com"
	return scalarType("a mailto: or https:// address", example, object{"type": "string", "pattern": "^(mailto:|https://)"}, func(text string) (any, string, string) {
		text = strings.TrimSpace(text)
		const remedy = "write for example " + example + " or https://example.com/off"
		if rest, is := strings.CutPrefix(text, "mailto:"); is {
			u, err := url.Parse(text)
			address, _, _ := strings.Cut(rest, "?")
			if a, problem := mail.ParseAddress(address); err != nil || problem != nil || a.Address != address || strings.ContainsAny(text, "<>, \t\r\n") || u.Fragment != "" {
				return nil, "is not a mailto: address", remedy
			}
			return text, "", ""
		}
		u, problem, _ := parseURL(text)
		switch {
		case strings.Contains(text, "@") && !strings.Contains(text, "/"):
			return nil, "lacks mailto:", "write mailto:" + text
		case problem != "":
			return nil, problem, remedy
		case u.Scheme != "https" || u.User != nil || strings.ContainsAny(text, "<>,"):
			return nil, "is not an address that mail programs open", remedy
		}
		return text, "", ""
	})
}
