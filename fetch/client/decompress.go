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
// more than the header: a body that is declared to be compressed but is not is returned as it is, one that is
// compressed in another way than it declares is decompressed in that way, and so are a .gz file that is served as a file
// and a body that does not declare its encoding. Of a body that is cut off or corrupt it returns what can be
// decompressed, and truncated is true. The result may share memory with body.
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
	if decoded, truncated, err = decode(decoded, "", limit, truncated); err != nil { // compressed once more than it declares
		return nil, truncated, err
	}
	if int64(len(decoded)) > limit {
		return nil, truncated, &tooLarge{limit}
	}
	return decoded, truncated, nil
}

// format is a way to compress a body.
type format struct {
	coding   string
	declared bool // the header or the body's first bytes say so
	open     func(io.Reader) (io.Reader, error)
}

// formatsOf returns the formats that a body may have, the likeliest first. Only gzip and zlib can be told by their first
// bytes.
func formatsOf(body []byte, coding string) (all []format) {
	add := func(f format) { all = append(all, f) }
	if isGzip(body) {
		add(format{"gzip", true, nil})
	}
	if isZlib(body) { // RFC 9110 section 8.4.1.2 means zlib by deflate; some servers send raw deflate
		add(format{"zlib", coding == "deflate", func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }})
	}
	deflate := format{"deflate", coding == "deflate", func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }}
	br := format{"br", coding == "br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }}
	if br.declared {
		add(br)
		add(deflate)
	} else {
		add(deflate)
		add(br)
	}
	return all
}

// gzipReaders are kept for the next body: each has tables of 40 KB.
var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// decode undoes one coding. It tries the formats that the body may have until one gives a document. If none does, what
// the declared one gives is returned, or else the body as it is. wasTruncated reports that the body was truncated
// before.
func decode(body []byte, coding string, limit int64, wasTruncated bool) (decoded []byte, truncated bool, err error) {
	decoded, truncated = body, wasTruncated
	if len(body) == 0 || isText(body) {
		return body, wasTruncated, nil
	}
	plain, first := isPlain(body), true
	for _, f := range formatsOf(body, coding) {
		if plain && !f.declared {
			continue
		}
		got, err := f.decode(body, limit)
		switch document := isDocument(got); {
		case isTooLarge(err) && (document || f.declared):
			return nil, wasTruncated, err
		case document || f.declared && first && !plain:
			first = false
			decoded, truncated = got, wasTruncated || err != nil && !isTrailingGarbage(err)
			if document {
				return decoded, truncated, nil
			}
		}
	}
	return decoded, truncated, nil
}

// decode decompresses a body. The error is a *tooLarge if there is more than limit.
func (f format) decode(body []byte, limit int64) ([]byte, error) {
	var r io.Reader
	var err error
	if f.open == nil {
		gzipReader := gzipReaders.Get().(*gzip.Reader)
		defer gzipReaders.Put(gzipReader)
		r, err = gzipReader, gzipReader.Reset(bytes.NewReader(body))
	} else {
		r, err = f.open(bytes.NewReader(body))
	}
	if err != nil {
		return nil, io.ErrUnexpectedEOF // not even its header is complete
	}
	var start bytes.Buffer
	_, err = start.ReadFrom(io.LimitReader(r, startBytes))
	if err != nil || start.Len() < startBytes || !f.declared && !isDocument(start.Bytes()) {
		return start.Bytes(), err
	}
	return readUpTo(io.MultiReader(&start, r), limit, sizeHint(body, f.coding, limit))
}

// isTrailingGarbage reports whether err is about bytes after a complete gzip member.
func isTrailingGarbage(err error) bool { return errors.Is(err, gzip.ErrHeader) }

// readUpTo reads r to its end, at most limit bytes; more is a *tooLarge. With any error it returns the bytes that were
// read before it. hint is the expected size.
func readUpTo(r io.Reader, limit int64, hint int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(hint)
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if int64(b.Len()) > limit {
		return b.Bytes(), &tooLarge{limit}
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

// startBytes is how many bytes at the beginning of a document show that it is one.
const startBytes = 64

// isText reports whether b begins like a document that is not compressed.
func isText(b []byte) bool {
	head := bytes.TrimLeft(b[:min(len(b), startBytes)], "\xef\xbb\xbf \t\r\n")
	return isPlain(b) && len(head) > 0 && bytes.IndexByte([]byte("<{["), head[0]) >= 0
}

// isPlain reports whether b begins without control characters. Compressed data has some, unless it is very short.
func isPlain(b []byte) bool {
	for _, c := range b[:min(len(b), startBytes)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// isDocument reports whether b, the result of decompression, begins like what a server would compress. A few bytes may
// look so by chance.
func isDocument(b []byte) bool {
	return isText(b) || isGzip(b) || len(b) >= 16 && isPlain(b)
}
