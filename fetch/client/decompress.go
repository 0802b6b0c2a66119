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

// acceptEncoding lists the encodings that Decompress supports.
const acceptEncoding = "gzip, br, deflate"

// maxCodings is how many encodings of one body are undone at most.
const maxCodings = 3

// tooLarge is the error of a body that has more bytes than its limit.
type tooLarge struct{ limit int64 }

func (t *tooLarge) Error() string { return fmt.Sprintf("larger than %d bytes", t.limit) }

func isTooLarge(err error) bool { return errors.As(err, new(*tooLarge)) }

// Decompress undoes a body's Content-Encoding, up to limit bytes; a larger body is a *tooLarge. The bytes count for
// more than the header: a body that is declared to be compressed but is not is returned as it is, and a .gz file that
// is served as a file is decompressed too. Of a body that is cut off or corrupt it returns what can be decompressed,
// and truncated is true. The result may share memory with body.
func Decompress(body []byte, encoding string, limit int64) (decoded []byte, truncated bool, err error) {
	decoded = body
	codings := strings.Split(strings.ToLower(encoding), ",")
	for i := range min(len(codings), maxCodings) {
		coding := strings.TrimSpace(codings[len(codings)-1-i])
		decoded, truncated, err = decode(decoded, coding, limit, truncated)
		if err != nil {
			return nil, truncated, err
		}
	}
	if isGzip(decoded) {
		decoded, truncated, err = decode(decoded, "gzip", limit, truncated)
	}
	if int64(len(decoded)) > limit {
		return nil, truncated, &tooLarge{limit}
	}
	return decoded, truncated, err
}

// gzipReaders are kept for the next body: each has tables of 40 KB.
var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// decode undoes one coding; a body with an unknown one is returned as it is. wasTruncated reports that the body was
// truncated before.
func decode(body []byte, coding string, limit int64, wasTruncated bool) (decoded []byte, truncated bool, err error) {
	var r io.Reader
	switch {
	case (coding == "gzip" || coding == "x-gzip") && isGzip(body):
		gzipReader := gzipReaders.Get().(*gzip.Reader)
		defer gzipReaders.Put(gzipReader)
		r, err = gzipReader, gzipReader.Reset(bytes.NewReader(body))
	case coding == "deflate" && isZlib(body): // RFC 9110 section 8.4.1.2 means zlib; some servers send raw deflate
		r, err = zlib.NewReader(bytes.NewReader(body))
	case coding == "deflate" && !isText(body):
		r = flate.NewReader(bytes.NewReader(body))
	case coding == "br" && !isText(body):
		r = brotli.NewReader(bytes.NewReader(body))
	default:
		return body, wasTruncated, nil
	}
	if err != nil {
		return nil, true, nil // not even its header is complete
	}
	decoded, err = readUpTo(r, limit, sizeHint(body, coding, limit))
	if isTooLarge(err) {
		return nil, wasTruncated, err
	}
	return decoded, wasTruncated || err != nil && !isTrailingGarbage(err), nil
}

// isTrailingGarbage reports whether err is about bytes after a complete gzip member.
func isTrailingGarbage(err error) bool { return errors.Is(err, gzip.ErrHeader) }

// readUpTo reads r to its end, at most limit bytes; more is a *tooLarge. With any other error it returns the bytes that
// were read before it. hint is the expected size.
func readUpTo(r io.Reader, limit int64, hint int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(hint)
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if int64(b.Len()) > limit {
		return nil, &tooLarge{limit}
	}
	return b.Bytes(), err
}

// sizeHint estimates the size of a decompressed body. The last four bytes of gzip hold it (RFC 1952 section 2.3.1), but
// may be wrong.
func sizeHint(body []byte, coding string, limit int64) int {
	hint := int64(len(body)) * 4
	if strings.HasSuffix(coding, "gzip") && len(body) > 18 {
		declared := int64(binary.LittleEndian.Uint32(body[len(body)-4:]))
		hint = min(declared+bytes.MinRead, int64(len(body))*20)
	}
	return int(min(hint, limit+1))
}

func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }

func isZlib(b []byte) bool {
	return len(b) > 2 && b[0]&0x0f == 8 && b[0]>>4 <= 7 && binary.BigEndian.Uint16(b)%31 == 0
}

// isText reports whether b begins like a document that is not compressed.
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
