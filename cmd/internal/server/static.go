package server

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"broadsheet/cmd/internal/files"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

const (
	minCompressed = 512     // bytes; a smaller file fits into a packet as it is
	maxHashed     = 4 << 20 // bytes; the ETag of a larger file is not made of its content
)

// withGzip compresses what a handler answers for clients that accept gzip. It keeps no state between writes: 500 clients
// that do not read what they asked for cost 43 MB so, and 195 MB at the default level, at which pages are 12 % smaller.
var withGzip = func() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.EnableZstd(false), gzhttp.CompressionLevel(gzip.StatelessCompression))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap
}()

// serveFile answers with the file of the output folder dir that is named by urlPath. It is a http.FileServerFS that lists
// no folder, hides dot files, serves index.html by its own name too, and waits for no pipe.
func serveFile(w http.ResponseWriter, r *http.Request, dir, urlPath string) {
	root, err := os.OpenRoot(dir) // anew for each request, as dir may be replaced; no symbolic link leads out of it
	if err != nil {
		notPublished(w)
		return
	}
	defer root.Close()
	name, ok := fileName(urlPath)
	if !ok {
		notFound(w, root)
		return
	}
	f, info, err := openRegular(root, name)
	if err != nil {
		if _, err := root.Stat(filepath.FromSlash(path.Join(name, "index.html"))); err != nil {
			notFound(w, root)
			return
		}
		// Not by http.Redirect, whose Location begins at the top of the host: we may stand below a path that we do not know.
		w.Header().Set("Location", (&url.URL{Path: path.Base(name) + "/"}).String())
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	defer f.Close()
	content := io.NewSectionReader(f, 0, info.Size())
	tag, err := entityTag(content, info)
	if err != nil {
		notFound(w, root)
		return
	}
	kind, maxAge := mediaType(name)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(maxAge.Seconds())))
	if strings.Contains(kind, "xml") || strings.Contains(kind, "json") {
		h.Set("Access-Control-Allow-Origin", "*") // readers that live in a browser may fetch feeds
	}
	send := func(w http.ResponseWriter, r *http.Request) {
		var body io.ReadSeeker = content
		if _, ok := w.(*gzhttp.GzipResponseWriter); ok { // the client accepts gzip, so that this is another representation
			tag += "-gz"
			body = wholeFile{content}
		}
		w.Header().Set("ETag", `"`+tag+`"`)
		http.ServeContent(w, r, "", info.ModTime(), body)
	}
	switch {
	case !isText(kind) || info.Size() < minCompressed:
	case r.Header.Get("Range") != "": // ranges are of the file itself
		h.Set("Vary", "Accept-Encoding")
	default:
		send = withGzip(http.HandlerFunc(send))
		if r.Method == http.MethodHead { // gzhttp would answer as if gzip was not accepted; net/http leaves out the body
			r = r.WithContext(r.Context())
			r.Method = http.MethodGet
		}
	}
	send(w, r)
}

// wholeFile breaks the connection when a file turns out to be shorter than it was, or unreadable. A compressed response has
// no Content-Length by which its client could notice. It is not for ranges: these are read in a goroutine of net/http, where
// a panic ends the program.
type wholeFile struct{ io.ReadSeeker }

func (f wholeFile) Read(p []byte) (int, error) {
	n, err := f.ReadSeeker.Read(p)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

// fileName returns the name of the file that the path of a URL stands for, and reports whether it may be served: hidden
// files may not.
func fileName(urlPath string) (name string, ok bool) {
	name, ok = strings.CutPrefix(urlPath, "/")
	if !ok || strings.Contains(name, `\`) {
		return "", false
	}
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return name, true
}

// openRegular opens a regular file. It does not wait for the writer of a named pipe.
func openRegular(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|files.NonBlocking, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = files.ErrNotRegular
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// entityTag returns the ETag of a file, without quotes. It is made of the content, so that a copy of the folder with other
// times has the same tags; that of a file which is too large to be read for each request is made of time and size.
func entityTag(content io.Reader, info fs.FileInfo) (string, error) {
	if info.Size() > maxHashed {
		return fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size()), nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:12]), nil
}

// notFound answers with 404.html of the output, if there is one.
func notFound(w http.ResponseWriter, root *os.Root) {
	if _, err := root.Stat("index.html"); err != nil {
		notPublished(w)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	f, info, err := openRegular(root, "404.html")
	if err != nil {
		http.Error(w, "404 not found", http.StatusNotFound)
		return
	}
	defer f.Close()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.CopyN(w, f, info.Size()) // net/http drops it in the answer to HEAD
}

// notPublished answers before the first publication.
func notPublished(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "nothing is published yet", http.StatusServiceUnavailable)
}

// mediaTypes are those of the output by file extension. The tables of mime.TypeByExtension differ from machine to machine.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".xml": "application/xml; charset=utf-8", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
	".avif": "image/avif", ".gif": "image/gif", ".ico": "image/x-icon", ".woff2": "font/woff2",
}

// mediaType returns the media type of a file, and how long a client may keep it without asking again.
func mediaType(name string) (kind string, maxAge time.Duration) {
	const soon, later = 5 * time.Minute, time.Hour
	switch base := path.Base(name); {
	case base == "atom.xml", name == "daily.xml", name == "health.xml", strings.HasPrefix(name, "archive/") && path.Ext(name) == ".xml":
		return "application/atom+xml; charset=utf-8", soon
	case base == "rss.xml":
		return "application/rss+xml; charset=utf-8", soon
	case base == "feed.json":
		return "application/feed+json", soon
	case base == "opml.xml":
		return "text/x-opml; charset=utf-8", soon
	}
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".html", ".json", ".xml", ".txt":
		return mediaTypes[ext], soon
	default:
		return cmp.Or(mediaTypes[ext], "application/octet-stream"), later
	}
}

// isText reports whether a media type is text, which compression makes smaller.
func isText(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "xml") || strings.Contains(kind, "json")
}
