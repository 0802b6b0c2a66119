package client

import (
	"net"
	"net/url"
	"strings"
	"testing"
)

// TestDialControl checks the blocks of IANA's special-purpose registries: the first and the last address of each block
// are refused, and their neighbours are not, unless they are in another block.
func TestDialControl(t *testing.T) {
	refused := strings.Fields(`
		0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
		169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.170 192.0.0.255
		192.0.2.0 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 192.175.48.1
		198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.1 239.255.255.255
		240.0.0.0 255.255.255.254 255.255.255.255
		:: ::1 ::7f00:1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808
		64:ff9b:1::1 64:ff9b:1:ffff:ffff:ffff:ffff:ffff 100::1 100:0:0:1::1 2001::1 2001:0:ffff::1 2001:2::1 2001:10::1 2001:20::1
		2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1 2001:db8:ffff::1 2002::1 2002:7f00:1::1 2002:ffff::1
		2620:4f:8000::1 3fff::1 3fff:fff:ffff::1 5f00::1 fc00::1 fdff:ffff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
		4000::1 1::1 e000::1`)
	for _, a := range refused {
		if err := dialControl(net.JoinHostPort(a, "443")); err == nil {
			t.Errorf("%s is not refused", a)
		} else if strings.Contains(err.Error(), "allow_private") {
			t.Errorf("%s: %v advises allow_private, whatever led there", a, err)
		}
	}
	allowed := strings.Fields(`
		1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0
		172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0
		198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8 ::ffff:8.8.8.8
		2000::1 2001:200::1 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111 2620:4f:7fff::1 2a00::1 3ffe::1`)
	for _, a := range allowed {
		if err := dialControl(net.JoinHostPort(a, "443")); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if dialControl("not an address") == nil {
		t.Error("an invalid address is not refused")
	}
}

func TestPermission_ChecksAddressBeforeRequest(t *testing.T) {
	tests := []struct{ address, refusedFor string }{ // refusedFor is part of the error; empty: none
		{"https://blog.example/feed", ""},
		{"https://blog.example:443/feed", ""},
		{"http://8.8.8.8/", ""},
		{"http://[2606:4700::1111]/", ""},
		{"https://bücher.example/", ""},
		{"http://under_score.example/", ""},
		{"ftp://blog.example/", "http and https"},
		{"file:///etc/passwd", "http and https"},
		{"gopher://blog.example/", "http and https"},
		{"javascript:alert(1)", "http and https"},
		{"http:///feed", "names no host"},
		{"http://blog.example:22/", "port 22"},
		{"http://blog.example:8080/", "port 8080"},
		{"http://127.0.0.1/", "loopback"},
		{"http://127.0.0.1./", "loopback"},
		{"http://[::1]/", "loopback"},
		{"http://[::ffff:127.0.0.1]/", "loopback"},
		{"http://[::ffff:7f00:1]/", "loopback"},
		{"http://[fe80::1%25lo]/", "link-local"},
		{"http://169.254.169.254/latest/meta-data/", "link-local"},
		{"http://127.1/", "odd notation"},
		{"http://2130706433/", "odd notation"},
		{"http://0x7f000001/", "odd notation"},
		{"http://0X7F.1/", "odd notation"},
		{"http://0x7f.0.0.0x1/", "odd notation"},
		{"http://0177.0.0.1/", "odd notation"},
		{"http://127.0.0.1.0x/", "odd notation"},
		{"http://１２７.０.０.１/", "loopback"},
		{"http://127。0。0。1/", "loopback"},
		{"http://①②⑦.0.0.1/", "loopback"},
		{"http://localhost/", "local name"},
		{"http://LOCALHOST./", "local name"},
		{"http://a.localhost/", "local name"},
		{"http://ｌocalhost/", "local name"},
		{"http://printer.local/", "local name"},
		{"http://metadata.google.internal/", "local name"},
		{"http://router.home.arpa/", "local name"},
		{"http://intranet/", "without a dot"},
		{"http://blog.example@127.0.0.1/", "loopback"},
		{`http://127.0.0.1\@blog.example/`, "not understood"},
	}
	for _, test := range tests {
		u, err := ParseURL(test.address)
		if err == nil {
			err = Permission{}.check(u)
		}
		switch {
		case test.refusedFor == "" && err != nil:
			t.Errorf("%s: %v", test.address, err)
		case test.refusedFor != "" && (err == nil || !strings.Contains(err.Error(), test.refusedFor)):
			t.Errorf("%s: %v; want it refused: %s", test.address, err, test.refusedFor)
		}
	}
}

func TestPermission_CoversOnlyItsHostAndPort(t *testing.T) {
	p := Permission{hostPorts: map[string]bool{"10.0.0.7:8080": true}, private: true}
	for address, allowed := range map[string]bool{
		"http://10.0.0.7:8080/feed": true,
		"http://10.0.0.7:8081/":     false,
		"http://10.0.0.7/":          false,
		"http://10.0.0.8:8080/":     false,
		"ftp://10.0.0.7:8080/":      false,
	} {
		u, _ := url.Parse(address)
		if err := p.check(u); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
	p.private = false
	u, _ := url.Parse("http://10.0.0.7:8080/feed")
	if p.check(u) == nil {
		t.Error("naming the port of a private address allows it")
	}
}
