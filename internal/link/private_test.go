package link

import (
	"strings"
	"testing"
)

// TestIsPrivate checks every notation of a host that is not public, and addresses that only look like one.
func TestIsPrivate(t *testing.T) {
	for _, host := range strings.Fields(`127.0.0.1 127.0.0.1. 127.1 0x7f.1 0x7f000001 0177.0.0.1 2130706433 0 0.0.0.0 １２７.０.０.１ 127。0。0。1 %6cocalhost
		localhost LOCALHOST localhost. localhost.. a.localhost ｌocalhost localhost.localdomain printer.local x.internal x.home.arpa x.lan x.test x.invalid intranet
		x.onion x.corp x.home x.intranet x.private wiki.corp. [::1] [::] [::ffff:127.0.0.1] [fe80::1%25lo] [64:ff9b::7f00:1] [fd00::1] [fe80::1] [ff02::1] [2002:7f00:1::]
		10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.254 192.168.0.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255
		user@127.0.0.1 user:secret@127.1 blog.example@127.0.0.1`) {
		for _, rest := range []string{"", "/", "/a", ":4000/a?b#c", "?a", `\a`} {
			for _, scheme := range []string{"http://", "HTTPS://", "//", " http://"} {
				if link := scheme + host + rest; !IsPrivate(link) {
					t.Errorf("%s is not private", link)
				}
			}
		}
	}
	for _, link := range []string{"https://www.google.com/url?q=http://localhost:4000/a", "https://l.facebook.com/l.php?u=http%3A%2F%2F10.0.0.1%2Fa"} {
		if !IsPrivate(link) {
			t.Errorf("%s is not private, though its target is", link)
		}
	}
	for _, link := range []string{"https://blog.example/localhost", "https://localhost.example/", "https://blog.example/?u=http://localhost/", "https://local.example.com:8080/",
		"https://blog.example/@127.0.0.1", "http://8.8.8.8/", "http://[2606:4700::1]/", "http://172.32.0.1/", "https://münchen.example/", "https://a_b.example/",
		"", "localhost", "/a", "mailto:a@localhost", "urn:x:localhost"} {
		if IsPrivate(link) {
			t.Errorf("%s is private", link)
		}
	}
}
