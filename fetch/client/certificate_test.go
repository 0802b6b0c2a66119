package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

// testCertificate is a certificate with its key, and who signed it.
type testCertificate struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// sign returns a certificate that is signed by issuer, or by itself.
func sign(t *testing.T, name string, issuer *testCertificate, change func(*x509.Certificate)) *testCertificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: name != "leaf"}
	if name == "leaf" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	if change != nil {
		change(template)
	}
	parent, parentKey := template, key
	if issuer != nil {
		parent, parentKey = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &testCertificate{certificate, key}
}

// TestDo_DescribesCertificate has a server for each way in which a certificate can fail. All but the private authority's
// lead to a root that is trusted.
func TestDo_DescribesCertificate(t *testing.T) {
	root := sign(t, "Root", nil, nil)
	first := sign(t, "First Intermediate", root, nil)
	second := sign(t, "Second Intermediate", first, nil)
	leaf := sign(t, "leaf", second, nil)
	private := sign(t, "Private Root", nil, nil)
	privateIntermediate := sign(t, "Private Intermediate", private, nil)
	privateLeaf := sign(t, "leaf", privateIntermediate, nil)
	trusted := x509.NewCertPool()
	trusted.AddCert(root.Certificate)
	for name, test := range map[string]struct {
		sent []*testCertificate
		want string // in the error; empty: no error
	}{
		"complete":                       {[]*testCertificate{leaf, second, first}, ""},
		"complete, in another order":     {[]*testCertificate{leaf, first, second}, ""},
		"the leaf alone":                 {[]*testCertificate{leaf}, `its certificate chain is incomplete: the server does not send the certificate of "CN=Second Intermediate"`},
		"the wrong intermediate":         {[]*testCertificate{leaf, first}, `its certificate chain is incomplete: the server does not send the certificate of "CN=Second Intermediate"`},
		"one intermediate of two":        {[]*testCertificate{leaf, second}, `its certificate chain is incomplete, or ends at an authority that is not known here: the certificate of "CN=First Intermediate" is missing`},
		"self-signed":                    {[]*testCertificate{sign(t, "leaf", nil, nil)}, "its certificate is self-signed"},
		"an authority not known here":    {[]*testCertificate{privateLeaf, privateIntermediate, private}, `signed by nobody known here, in the end by "CN=Private Root"`},
		"expired":                        {[]*testCertificate{sign(t, "leaf", second, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), second, first}, "its certificate is valid from"},
		"expired, and incomplete":        {[]*testCertificate{sign(t, "leaf", second, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })}, "its certificate is valid from"},
		"another host":                   {[]*testCertificate{sign(t, "leaf", second, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }), second, first}, "its certificate is for another host"},
		"another host's, self-signed":    {[]*testCertificate{sign(t, "leaf", nil, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} })}, "its certificate is for another host"},
		"a name with control characters": {[]*testCertificate{sign(t, "leaf", sign(t, "Evil\x1b[31m\n", nil, nil), nil)}, "does not send the certificate of"},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		chain := tls.Certificate{PrivateKey: test.sent[0].key}
		for _, c := range test.sent {
			chain.Certificate = append(chain.Certificate, c.Raw)
		}
		s.TLS = &tls.Config{Certificates: []tls.Certificate{chain}}
		s.StartTLS()
		limits := config.Limits{Gap: -1}
		c := New(Options{Now: time.Now, UserAgent: "test", Limits: limits.WithDefaults(), RootCAs: trusted})
		u, _ := ParseURL(s.URL)
		resp, err := c.Do(t.Context(), Request{URL: u, Permission: PermissionFor(broadsheet.Source{URL: s.URL, AllowPrivate: true}), MaxBytes: 1000})
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\x1b")) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if resp != nil {
			resp.Release()
		}
		c.Close()
		s.Close()
	}
}
