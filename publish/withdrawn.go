package publish

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Hidden is an edition that is stored and not to be seen.
type Hidden struct {
	Day       broadsheet.Day
	Withdrawn bool // its page says so; else its day has not come yet, and it has none
}

// WithdrawnPath is where the output keeps what a rebuilt database must know of what was withdrawn, from the top: ids and
// hashes, and not a word of a text.
const WithdrawnPath = "withdrawn.json"

// Withdrawn is what the file at WithdrawnPath holds. Names stay.
type Withdrawn struct {
	Founder     *Founder     `json:"founder,omitempty"` // where the editions that are out do not tell it
	Withdrawals []Withdrawal `json:"withdrawals"`
}

// Founder is the edition that the publication is known by.
type Founder struct {
	Day   broadsheet.Day `json:"day"`
	First string         `json:"first"` // Edition.FirstID
}

// Withdrawal is an edition, an article or a source that was withdrawn.
type Withdrawal struct {
	Kind     string             `json:"kind"` // day, article, source
	At       time.Time          `json:"at"`
	Day      broadsheet.Day     `json:"day,omitempty"`
	Number   int                `json:"number,omitempty"`
	Cut      *time.Time         `json:"cut,omitempty"`
	First    string             `json:"first,omitempty"`
	ID       string             `json:"id,omitempty"`     // of the article
	Source   string             `json:"source,omitempty"` // SourceURI
	Articles []WithdrawnArticle `json:"articles,omitempty"`
}

// WithdrawnArticle is an article by what it is recognised by.
type WithdrawnArticle struct {
	ID    string   `json:"id"`
	Links []string `json:"links"` // hashes of the keys of its links
}

// ReadWithdrawn reads the file at WithdrawnPath.
func ReadWithdrawn(text []byte) (w Withdrawn, err error) {
	err = json.Unmarshal(text, &w)
	for _, one := range w.Withdrawals {
		if one.Kind == "day" && dayTime(one.Day).IsZero() {
			err = cmp.Or(err, fmt.Errorf("%q is not a day", one.Day))
		}
	}
	return w, err
}

// withdrawnSheets are the file at WithdrawnPath, if anything is withdrawn, and the pages in the place of editions that
// were: a link to one still leads somewhere.
func (p *publisher) withdrawnSheets() []outputFile {
	var all []outputFile
	for _, h := range p.source.Hidden {
		if h.Withdrawn {
			day := h.Day
			all = append(all, outputFile{path: dayPath(day) + "index.html", from: fingerprint("withdrawn", day), make: func(context.Context) ([]byte, error) {
				return p.theme.render("withdrawn", p.page("withdrawn", dayPath(day), dayTime(day).Format(longDate)))
			}})
		}
	}
	kept := Withdrawn{Withdrawals: slices.Clone(p.source.Withdrawals)}
	if f := p.source.Founder; p.feedRoot != p.publicFeedRoot {
		kept.Founder = &Founder{f.Day, f.FirstID()}
	}
	if len(kept.Withdrawals) == 0 && kept.Founder == nil {
		return all
	}
	for i, w := range kept.Withdrawals {
		if w.Source != "" {
			kept.Withdrawals[i].Source = p.sourceURI(w.Source)
		}
	}
	return append(all, made(WithdrawnPath, false, func() ([]byte, error) {
		text, err := json.MarshalIndent(kept, "", " ")
		return append(text, '\n'), err
	}))
}

// stale are the files of the output that must go: what was made of editions that are hidden, and what an earlier Write
// made, and this one does not, that holds an article that was withdrawn. Other files are none of our business.
func (p *publisher) stale(ctx context.Context, out *folder, sheets []outputFile, was, now manifest) ([]string, error) {
	is := map[string]bool{}
	for _, s := range sheets {
		is[s.path] = true
		for _, part := range s.group {
			is[part.path] = true
		}
	}
	var all []string
	goes := func(path string) {
		if !is[path] && out.has(path) {
			all = append(all, path)
		}
	}
	for _, h := range p.source.Hidden {
		month, year := string(h.Day[:len("2026-11")]), string(h.Day[:len("2026")])
		for _, path := range []string{dayPath(h.Day) + "index.html", EditionPath(h.Day), folderPath(month) + "index.html", shardPath(month),
			archivePath(month), year + "/index.html", "sitemap-" + year + ".xml"} {
			goes(path)
		}
	}
	if last := len(p.source.Days); last > 0 && len(p.source.Hidden) > 0 { // months that were over by a clock that was ahead
		month := string(p.source.Days[last-1].Day[:len("2026-11")])
		for range 36 { // more than the 400 days that a clock may be ahead
			goes(archivePath(month))
			month = monthAfter(month)
		}
	}
	if len(p.source.Withdrawals) == 0 {
		goes(WithdrawnPath)
	} else if was.Withdrawn != now.Withdrawn {
		held, err := p.holding(ctx, out, is)
		if err != nil {
			return nil, err
		}
		for _, path := range held {
			goes(path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

var (
	ourFolder = regexp.MustCompile(`^(\d{4}|topics|companies|archive|search)$`)
	ourFile   = regexp.MustCompile(`^(index\.html|index\.json|edition\.json|atom\.xml|rss\.xml|feed\.json|\d{4}-\d\d\.(xml|json))$`)
	idOrLink  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|https?://[^\s"'<>\\]+`)
)

// holding are the files of ours, but for the present ones, that hold an id or a link of a withdrawn article.
func (p *publisher) holding(ctx context.Context, out *folder, present map[string]bool) ([]string, error) {
	gone := map[string]bool{}
	if err := p.source.WithdrawnLinks(ctx, func(id, address string) {
		gone[strings.TrimPrefix(id, "urn:uuid:")] = true
		gone[link.WebURI(address)] = true
	}); err != nil {
		return nil, err
	}
	delete(gone, "")
	var all []string
	err := fs.WalkDir(out.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		top, _, deep := strings.Cut(name, "/")
		switch {
		case err != nil || name == ".":
			return err
		case e.IsDir() && !deep && !ourFolder.MatchString(name):
			return fs.SkipDir
		case e.IsDir() || !deep || present[name] || !e.Type().IsRegular() || !ourFolder.MatchString(top) || !ourFile.MatchString(path.Base(name)):
			return nil
		}
		data, err := out.root.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		for _, m := range idOrLink.FindAll(bytes.ReplaceAll(data, []byte(`\u0026`), []byte("&")), -1) {
			if gone[html.UnescapeString(string(m))] {
				all = append(all, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, trouble(out.dir, err)
	}
	return all, nil
}

// remove takes files out of the output, and folders that are empty without them.
func (f *folder) remove(paths []string) error {
	for _, p := range paths {
		if err := f.root.Remove(filepath.FromSlash(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return trouble(filepath.Join(f.dir, filepath.FromSlash(p)), err)
		}
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if f.root.Remove(filepath.FromSlash(dir)) != nil { // there is something else in it
				break
			}
		}
	}
	return nil
}
