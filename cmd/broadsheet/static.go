package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
)

// site serves the output folder: the files that are there to be read, as they are at the moment, and nothing else.
type site struct {
	dir   string
	work  chan struct{} // places at which files are read and packed
	mu    sync.Mutex
	files map[string]*file // by name, as they were when last asked for
	held  int64            // bytes in files
}

// How much of the output is kept in memory.
const (
	maxHeld = 32 << 20
	maxFile = 4 << 20 // what is larger is read from the disk each time, and not packed
)

func newSite(dir string) *site {
	return &site{dir: dir, work: make(chan struct{}, runtime.GOMAXPROCS(0)), files: map[string]*file{}}
}

// file is one of the output, with its packed forms.
type file struct {
	mod          time.Time
	size         int64
	tag          string // of its bytes
	body, gz, br []byte // a packed form is nil where it would save nothing
}

func (f *file) cost() int64 { return int64(len(f.body) + len(f.gz) + len(f.br)) }

// serve answers a request for the path from the top of the output.
func (s *site) serve(w *answer, r *http.Request, at string) {
	name, ok := fileName(at)
	if !ok {
		s.missing(w, r)
		return
	}
	root, err := os.OpenRoot(s.dir) // no symbolic link leads out of it
	if err != nil {
		s.nothingYet(w)
		return
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	if err == nil && info.IsDir() {
		if _, err := root.Stat(filepath.FromSlash(path.Join(name, "index.html"))); err == nil {
			w.Header().Set("Location", (&url.URL{Path: path.Base(name) + "/"}).String())
			w.Header().Set("Cache-Control", "public, max-age=300")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
	}
	if err != nil || !info.Mode().IsRegular() {
		if _, err := root.Stat("index.html"); err != nil {
			s.nothingYet(w)
			return
		}
		s.missing(w, r)
		return
	}
	s.file(w, r, root, name, info)
}

// fileName is the file that a path names: below the output, and none of the hidden ones.
func fileName(at string) (string, bool) {
	if len(at) > 1024 || !strings.HasPrefix(at, "/") || strings.ContainsAny(at, "\x00\\") {
		return "", false
	}
	at = at[1:]
	if at == "" || strings.HasSuffix(at, "/") {
		at += "index.html"
	}
	for _, part := range strings.Split(at, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return at, true
}

// file answers with a file: the form that the reader takes, whole, in part, or with the word that it has not changed.
func (s *site) file(w *answer, r *http.Request, root *os.Root, name string, info fs.FileInfo) {
	kind, keep := kindOf(name)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(keep.Seconds())))
	if strings.Contains(kind, "xml") || strings.Contains(kind, "json") {
		h.Set("Access-Control-Allow-Origin", "*") // readers that live in a browser may fetch feeds
	}
	if info.Size() > maxFile {
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			s.missing(w, r)
			return
		}
		defer f.Close()
		h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
		http.ServeContent(w, r, "", info.ModTime(), f)
		return
	}
	f, err := s.load(r, root, name, info)
	if err != nil {
		s.missing(w, r)
		return
	}
	body, tag := f.body, f.tag
	if f.gz != nil || f.br != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	if accept := r.Header.Values("Accept-Encoding"); r.Header.Get("Range") == "" { // parts are of the plain form
		switch all := strings.Join(accept, ","); {
		case f.br != nil && accepts(all, "br"):
			body, tag = f.br, tag+"-br"
			h.Set("Content-Encoding", "br")
		case f.gz != nil && accepts(all, "gzip"):
			body, tag = f.gz, tag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
		if h.Get("Content-Encoding") != "" {
			w.length = len(body)
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", f.mod, bytes.NewReader(body))
}

// load is a file from memory while it has not changed, else from the disk.
func (s *site) load(r *http.Request, root *os.Root, name string, info fs.FileInfo) (*file, error) {
	fresh := func() *file {
		s.mu.Lock()
		defer s.mu.Unlock()
		if f := s.files[name]; f != nil && f.mod.Equal(info.ModTime()) && f.size == info.Size() {
			return f
		}
		return nil
	}
	if f := fresh(); f != nil {
		return f, nil
	}
	select {
	case s.work <- struct{}{}:
		defer func() { <-s.work }()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if f := fresh(); f != nil { // somebody else was first
		return f, nil
	}
	f, err := readFile(root, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.files[name]; old != nil {
		s.held -= old.cost()
	}
	s.files[name] = f
	s.held += f.cost()
	for other, old := range s.files { // any other: what is asked for often is back at once
		if s.held <= maxHeld {
			break
		}
		if other != name {
			s.held -= old.cost()
			delete(s.files, other)
		}
	}
	return f, nil
}

func readFile(root *os.Root, name string) (*file, error) {
	in, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	f := &file{mod: info.ModTime(), size: info.Size(), tag: hex.EncodeToString(sum[:12]), body: body}
	if kind, _ := kindOf(name); packs(kind) && len(body) >= 512 {
		f.gz = packed(body, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
		f.br = packed(body, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.DefaultCompression) })
	}
	return f, nil
}

func packed(body []byte, by func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	z := by(&b)
	_, _ = z.Write(body) // into memory
	_ = z.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// accepts tells whether an Accept-Encoding takes a coding (RFC 9110 section 12.5.3).
func accepts(header, coding string) bool {
	taken := false
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != coding && name != "*" {
			continue
		}
		q = strings.ToLower(strings.ReplaceAll(q, " ", ""))
		weight, err := strconv.ParseFloat(strings.TrimPrefix(q, "q="), 64)
		yes := q == "" || err == nil && weight > 0
		if name == coding {
			return yes
		}
		taken = yes
	}
	return taken
}

// missing answers with the page that says so.
func (s *site) missing(w *answer, r *http.Request) {
	h := w.Header()
	h.Del("Access-Control-Allow-Origin")
	h.Set("Cache-Control", "no-cache")
	text := []byte("404 not found\n")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if root, err := os.OpenRoot(s.dir); err == nil {
		defer root.Close()
		if info, err := root.Stat("404.html"); err == nil && info.Mode().IsRegular() && info.Size() <= maxFile {
			if f, err := s.load(r, root, "404.html", info); err == nil {
				text = f.body
				h.Set("Content-Type", "text/html; charset=utf-8")
			}
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}

// nothingYet answers before the first publication.
func (s *site) nothingYet(w *answer) {
	w.Header().Set("Retry-After", "60")
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "nothing is published yet", http.StatusServiceUnavailable)
}

// kinds are the media types of the output by the ending of a name.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".xml": "application/xml; charset=utf-8", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
	".avif": "image/avif", ".gif": "image/gif", ".ico": "image/x-icon", ".woff2": "font/woff2",
}

// kindOf is a file's media type, and how long a reader may keep it without asking again.
func kindOf(name string) (kind string, keep time.Duration) {
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
	kind, ok := kinds[strings.ToLower(path.Ext(name))]
	switch {
	case !ok:
		return "application/octet-stream", later
	case packs(kind) && !strings.HasPrefix(kind, "text/css") && !strings.HasPrefix(kind, "text/javascript") && !strings.HasPrefix(kind, "image/"):
		return kind, soon
	}
	return kind, later
}

// packs tells whether a media type is text, which packing makes smaller.
func packs(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "xml") || strings.Contains(kind, "json")
}
