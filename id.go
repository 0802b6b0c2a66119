package broadsheet

import (
	"crypto/sha1"
	"encoding/hex"
)

// urlNamespace is the namespace of RFC 9562 for names that are URLs.
var urlNamespace = []byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// uuid5 is the name-based UUID of RFC 9562 section 5.5.
func uuid5(name string) string {
	h := sha1.New()
	h.Write(urlNamespace)
	h.Write([]byte(name))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
