package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// acceptEncoding is what unpack reads.
const acceptEncoding = "gzip, br, deflate"

// maxCodings bounds how many encodings may be wrapped around one body.
const maxCodings = 3

// tooLarge says that a body has more bytes than its limit.
type tooLarge struct{ limit int64 }

func (t *tooLarge) Error() string { return fmt.Sprintf("larger than %d bytes", t.limit) }

func isTooLarge(err error) bool { return errors.As(err, new(*tooLarge)) }

// Decompress undoes a body's Content-Encoding, in the memory of room where that is enough, up to limit bytes; more is a
// tooLarge. It believes the bytes more than the header: what is said to be packed but is not is left as it is, and a .gz
// file served as it lies is unpacked. What was cut off, or ends in rubbish, gives what could be unpacked, and cut is true.
func Decompress(packed []byte, encoding string, limit int64) (body []byte, cut bool, err error) {
	body = packed
	codings := strings.Split(strings.ToLower(encoding), ",")
	for i := range min(len(codings), maxCodings) {
		coding := strings.TrimSpace(codings[len(codings)-1-i])
		body, cut, err = undo(body, coding, limit, cut)
		if err != nil {
			return nil, cut, err
		}
	}
	if isGzip(body) {
		body, cut, err = undo(body, "gzip", limit, cut)
	}
	if int64(len(body)) > limit {
		return nil, cut, &tooLarge{limit}
	}
	return body, cut, err
}

// gunzips are readers that are done with: each has tables of 40 KB.
var gunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// undo undoes one coding; an unknown one is none.
func undo(packed []byte, coding string, limit int64, cutBefore bool) (body []byte, cut bool, err error) {
	var r io.Reader
	switch {
	case (coding == "gzip" || coding == "x-gzip") && isGzip(packed):
		gunzip := gunzips.Get().(*gzip.Reader)
		defer gunzips.Put(gunzip)
		r, err = gunzip, gunzip.Reset(bytes.NewReader(packed))
	case coding == "deflate" && isZlib(packed): // RFC 9110 section 8.4.1.2 means zlib; some send it raw
		r, err = zlib.NewReader(bytes.NewReader(packed))
	case coding == "deflate" && !isText(packed):
		r = flate.NewReader(bytes.NewReader(packed))
	case coding == "br" && !isText(packed):
		r = brotli.NewReader(bytes.NewReader(packed))
	default:
		return packed, cutBefore, nil
	}
	if err != nil {
		return nil, true, nil // not even its header is whole
	}
	body, err = readUpTo(r, limit, sizeHint(packed, coding, limit))
	if isTooLarge(err) {
		return nil, cutBefore, err
	}
	return body, cutBefore || err != nil && !trailing(err), nil
}

// trailing tells whether err is only rubbish after a whole gzip member.
func trailing(err error) bool { return errors.Is(err, gzip.ErrHeader) }

// readUpTo reads r to its end, at most limit bytes; a further one is a tooLarge. What was read before another error
// is given with it, in the memory of room where it is enough.
func readUpTo(r io.Reader, limit int64, hint int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(hint)
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if int64(b.Len()) > limit {
		return nil, &tooLarge{limit}
	}
	return b.Bytes(), err
}

// sizeHint is how much room the unpacked body probably needs: gzip says so in its last four bytes, and may lie.
func sizeHint(packed []byte, coding string, limit int64) int {
	hint := int64(len(packed)) * 4
	if strings.HasSuffix(coding, "gzip") && len(packed) > 18 {
		said := int64(binary.LittleEndian.Uint32(packed[len(packed)-4:]))
		hint = min(said+bytes.MinRead, int64(len(packed))*20)
	}
	return int(min(hint, limit+1))
}

func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }

func isZlib(b []byte) bool {
	return len(b) > 2 && b[0]&0x0f == 8 && b[0]>>4 <= 7 && binary.BigEndian.Uint16(b)%31 == 0
}

// isText tells whether b begins like a document that is not packed at all.
func isText(b []byte) bool {
	head := b[:min(len(b), 64)]
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	head = bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n")
	return len(head) > 0 && bytes.IndexByte([]byte("<{["), head[0]) >= 0
}
