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

// MailRules say by which server editions are sent, from whom and to whom. The password is never among them: feeds.yaml
// is shown to others.
type MailRules struct {
	From string   // mailbox of RFC 5322, "Name <name@host>"; empty: feeds.yaml has no mail section
	To   []string // mailboxes

	Host string
	Port int    // 0: the usual one of TLS
	TLS  string // "starttls", "tls" from the first byte, or "none", for a host on this machine alone
	User string // empty: the server asks for none

	PasswordEnv, PasswordFile string // where the password is; one of them when there is a user

	Unsubscribe string // mailto: or https: address where a receiver is taken off the list; empty: From
}

var mailSettings = []field{
	{key: "from", field: "From", form: mailboxForm("Systems Daily <daily@example.com>"), eg: "Systems Daily <daily@example.com>",
		doc: "The sender, as an address or a name with an address; it must be there."},
	{key: "to", field: "To", form: listForm[string]("a list of mail addresses", mailboxForm("reader@example.com"), 1, "[reader@example.com]"), eg: "[reader@example.com, Ann Other <ann@example.com>]",
		doc: "To whom each edition is sent, a letter for each; nobody sees the others."},
	{key: "host", field: "Host", form: hostForm("mail.example.com"), eg: "mail.example.com",
		doc: "The SMTP server; it must be there."},
	{key: "port", field: "Port", form: wholeForm(1, 65535, "587"), eg: "587",
		doc: "Its port; left out, 587 with `tls: starttls`, 465 with `tls: tls` and 25 with `tls: none`."},
	{key: "tls", field: "TLS", form: choiceForm("starttls", "tls", "none"), unset: "starttls", eg: "tls",
		doc: "How the connection is encrypted: by `starttls`, without which nothing is sent; from its first byte with `tls`; `none` only to a host on this machine."},
	{key: "user", field: "User", form: textForm("a text", "daily@example.com", 300), eg: "daily@example.com",
		doc: "The name that the server knows you by, where it asks for one."},
	{key: "password_env", field: "PasswordEnv", form: variableForm("MAIL_PASSWORD"), eg: "MAIL_PASSWORD",
		doc: "The environment variable that holds the password, which never stands in this file itself."},
	{key: "password_file", field: "PasswordFile", form: textForm("the path of a file", "/run/secrets/mail", 1000), eg: "/run/secrets/mail",
		doc: "A file whose first line is the password, in place of password_env."},
	{key: "unsubscribe", field: "Unsubscribe", form: unsubscribeForm(), eg: "mailto:off@example.com",
		doc: "Where a receiver is taken off the list, a `mailto:` or `https://` address; left out, a mail to the sender."},
}

// mailForm is the section mail, with what must hold between its keys.
func mailForm() valueType {
	const eg = "{from: daily@example.com, host: localhost, tls: none, to: [reader@example.com]}"
	f := mapForm[MailRules](mailSettings, eg)
	f.schema = mapSchema(mailSettings, "from", "host")
	f.read = func(d *decoder, key string, n *yaml.Node) any {
		if !d.is(yaml.MappingNode, n) {
			return d.wrongType(key, n, f.want, eg)
		}
		var m MailRules
		d.checkMail(n, d.fill(n, mailSettings, reflect.ValueOf(&m).Elem()), m)
		return m
	}
	return f
}

func (d *decoder) checkMail(n *yaml.Node, found map[string]*yaml.Node, m MailRules) {
	for _, must := range []string{"from", "host"} {
		if found[must] == nil {
			d.errorf(n, "write "+example(must, map[string]string{"from": "daily@example.com", "host": "mail.example.com"}[must]), "mail has no %s", must)
		}
	}
	at, env, file := found["user"], found["password_env"], found["password_file"]
	switch {
	case env != nil && file != nil:
		d.errorf(file, "keep one of them", "the password is both in a variable and in a file")
	case at != nil && env == nil && file == nil:
		d.errorf(at, "name an environment variable with password_env, or a file with password_file", "mail has a user and no password")
	case at == nil && (env != nil || file != nil):
		d.errorf(n, "write user: and the name that the server knows you by", "mail has a password and no user")
	}
	if m.TLS == "none" && m.Host != "" && !onThisMachine(m.Host) {
		d.errorf(found["tls"], "write starttls or tls; only a host such as localhost needs none", "tls none would send letters in the clear over the network to %s", quoted(m.Host))
	}
	first := map[string]bool{}
	for i, to := range m.To {
		a, err := mail.ParseAddress(to)
		if err != nil || len(m.To) != len(found["to"].Content) {
			continue
		}
		if address := strings.ToLower(a.Address); first[address] {
			d.errorf(resolved(found["to"].Content[i]), "remove one of them", "%s stands here a second time", quoted(a.Address))
		} else {
			first[address] = true
		}
	}
}

// onThisMachine tells whether a host is the one that the program runs on.
func onThisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

func mailboxForm(eg string) valueType {
	return scalarForm("a mail address", eg, object{"type": "string", "pattern": "@"}, func(text string) (any, string, string) {
		clean, wrong, do := line(text, 320)
		if wrong != "" {
			return nil, wrong, do
		}
		a, err := mail.ParseAddress(clean)
		if err != nil || strings.HasPrefix(clean, "mailto:") {
			return nil, "is not a mail address", "write name@host or Name <name@host>, for example " + eg
		}
		if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
			return nil, "is an address that few servers take", "write name@host, without quotes and spaces"
		}
		return clean, "", ""
	})
}

func hostForm(eg string) valueType {
	return scalarForm("the name of a host", eg, object{"type": "string"}, func(text string) (any, string, string) {
		text = strings.TrimSpace(text)
		if _, err := netip.ParseAddr(text); err == nil {
			return text, "", ""
		}
		switch host, port, found := strings.Cut(text, ":"); {
		case found && hostname.MatchString(host) && link.IsPort(port):
			return nil, "is a host and a port", "write host: " + host + " and port: " + port
		case !hostname.MatchString(text) || strings.Contains(text, "..") || len(text) > 253:
			return nil, "is not the name of a host", "write it alone, for example " + eg
		}
		return text, "", ""
	})
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variableForm is the name of an environment variable. What is wrong is not repeated, since it may be the password.
func variableForm(eg string) valueType {
	want := "the name of an environment variable"
	return valueType{want: want, schema: object{"type": "string", "pattern": variable.String()}, read: func(d *decoder, key string, n *yaml.Node) any {
		if !d.is(yaml.ScalarNode, n) || !variable.MatchString(n.Value) {
			d.errorf(n, "write "+want+", for example "+example(key, eg)+", and keep the password itself out of this file", "%s is not %s", key, want)
			return nil
		}
		return n.Value
	}}
}

func unsubscribeForm() valueType {
	const eg = "mailto:off@example.com"
	return scalarForm("a mailto: or https:// address", eg, object{"type": "string", "pattern": "^(mailto:|https://)"}, func(text string) (any, string, string) {
		text = strings.TrimSpace(text)
		const do = "write for example " + eg + " or https://example.com/off"
		if rest, is := strings.CutPrefix(text, "mailto:"); is {
			u, err := url.Parse(text)
			address, _, _ := strings.Cut(rest, "?")
			if a, wrong := mail.ParseAddress(address); err != nil || wrong != nil || a.Address != address || strings.ContainsAny(text, "<>, \t\r\n") || u.Fragment != "" {
				return nil, "is not a mailto: address", do
			}
			return text, "", ""
		}
		u, wrong, _ := webAddress(text)
		switch {
		case strings.Contains(text, "@") && !strings.Contains(text, "/"):
			return nil, "lacks mailto:", "write mailto:" + text
		case wrong != "":
			return nil, wrong, do
		case u.Scheme != "https" || u.User != nil || strings.ContainsAny(text, "<>,"):
			return nil, "is not an address that mail programs open", do
		}
		return text, "", ""
	})
}
