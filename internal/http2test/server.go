// Package http2test is an HTTP/2 server over TLS that tests control frame by frame, to check what a client does with a server
// that breaks the protocol. It counts connections and requests. Only tests import it.
package http2test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Server listens on all addresses of 127.0.0.0/16, so that each can be used as a host of its own.
type Server struct {
	Port string
	CA   []byte // its certificate in PEM format, which is its own CA

	mu          sync.Mutex
	connections map[string]int
	requests    map[string]int
}

// Conn is one connection after the TLS handshake. The client's preface has not been read.
type Conn struct {
	net.Conn
	*http2.Framer
	Host   string // as the client reached it, with the port
	server *Server
	opened bool
}

// Start serves connections with handle until the test ends. Its certificate is for Host(0) to Host(hosts-1).
func Start(t testing.TB, hosts int, handle func(c *Conn)) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip("no loopback server can be started here: ", err)
	}
	s := &Server{connections: map[string]int{}, requests: map[string]int{}}
	_, s.Port, _ = net.SplitHostPort(listener.Addr().String())
	certificate, err := s.createCertificate(hosts)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}}
	var open sync.WaitGroup
	ended, end := context.WithCancel(context.Background())
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ended, func() { conn.Close() })() // the system may let a write block when the client is gone
				_ = conn.SetDeadline(time.Now().Add(time.Minute))         // so that no fault of the client makes a test hang
				_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)            // so that a server that does not read soon blocks the client
				s.count(s.connections, conn.LocalAddr().String())
				secure := tls.Server(conn, config)
				if secure.Handshake() == nil {
					handle(&Conn{Conn: secure, Framer: http2.NewFramer(secure, secure), Host: conn.LocalAddr().String(), server: s})
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		end()
		open.Wait()
	})
	return s
}

func (s *Server) createCertificate(hosts int) (c tls.Certificate, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	for i := range hosts {
		host, _, _ := net.SplitHostPort(s.Host(i))
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(host))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// Host returns the i-th address, with the port.
func (s *Server) Host(i int) string { return fmt.Sprintf("127.0.%d.%d:%s", 3+i/200, 1+i%200, s.Port) }

func (s *Server) count(of map[string]int, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of[key]++
}

// Connections returns the number of connections that were made to a host.
func (s *Server) Connections(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections[host]
}

// Requests returns the number of requests that a host got for a path.
func (s *Server) Requests(host, path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[host+path]
}

// Open reads the client's preface and sends settings. It reports whether the connection works.
func (c *Conn) Open(settings ...http2.Setting) bool {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := c.Conn.Read(preface); err != nil {
		return false
	}
	c.opened = true
	return c.WriteSettings(settings...) == nil
}

// Request waits for the next request and replies to SETTINGS and PING until it comes. It returns false when the connection
// ends.
func (c *Conn) Request() (stream uint32, path string, ok bool) {
	if !c.opened && !c.Open() {
		return 0, "", false
	}
	if c.ReadMetaHeaders == nil {
		c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	}
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return 0, "", false
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				err = c.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				err = c.WritePing(true, f.Data)
			}
		case *http2.MetaHeadersFrame:
			path := f.PseudoValue("path")
			c.server.count(c.server.requests, c.Host+path)
			return f.StreamID, path, true
		}
		if err != nil {
			return 0, "", false
		}
	}
}

// HeaderBlock returns an HPACK header block of fields, given as name, value, name, value.
func HeaderBlock(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

// Header sends a HEADERS frame, with END_STREAM if end is set. It reports whether the connection still works.
func (c *Conn) Header(stream uint32, end bool, fields ...string) bool {
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: HeaderBlock(fields...), EndHeaders: true, EndStream: end}) == nil
}

// Respond sends a complete response. It reports whether the connection still works.
func (c *Conn) Respond(stream uint32, status, contentType, body string) bool {
	return c.Header(stream, false, ":status", status, "content-type", contentType) && c.WriteData(stream, true, []byte(body)) == nil
}

// Hang reads and discards what the client sends until the client closes the connection.
func (c *Conn) Hang() {
	for b := make([]byte, 4096); ; {
		if _, err := c.Conn.Read(b); err != nil {
			return
		}
	}
}

// Flood writes the same bytes again and again until the connection is closed.
func (c *Conn) Flood(bytes []byte) {
	for len(bytes) < 16<<10 {
		bytes = append(bytes, bytes...)
	}
	for {
		if _, err := c.Conn.Write(bytes); err != nil {
			return
		}
	}
}

// Frame returns the bytes of a frame.
func Frame(kind http2.FrameType, flags http2.Flags, stream uint32, payload []byte) []byte {
	var b bytes.Buffer
	_ = http2.NewFramer(&b, nil).WriteRawFrame(kind, flags, stream, payload)
	return b.Bytes()
}
