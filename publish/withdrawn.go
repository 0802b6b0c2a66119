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

// HiddenEdition is a stored edition that is not published.
type HiddenEdition struct {
	Day       broadsheet.Day
	Withdrawn bool // its page says that it was withdrawn; else its day is in the future, and it has no page
}

// WithdrawnPath is the path of the file, relative to the output, that keeps what a rebuilt database must know of withdrawals
// and quarantines: addresses of sources, ids and hashes, and no text.
const WithdrawnPath = "withdrawn.json"

// Withdrawn is the content of the file at WithdrawnPath. The names of its JSON fields never change.
type Withdrawn struct {
	IDRoot      *IDRoot      `json:"founder,omitempty"` // only if the ids of the feeds are not derived from a public edition
	Withdrawals []Withdrawal `json:"withdrawals"`
	Quarantined []string     `json:"quarantined,omitempty"` // SourceURI of each source in quarantine
}

// IDRoot is the edition that the ids of the feeds are derived from.
type IDRoot struct {
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

// WithdrawnArticle has what a withdrawn article is recognised by.
type WithdrawnArticle struct {
	ID    string   `json:"id"`
	Links []string `json:"links"` // hashes of the keys of its links
}

// ReadWithdrawn decodes the file at WithdrawnPath. It returns an error if text is not JSON or a day is not a date.
func ReadWithdrawn(text []byte) (w Withdrawn, err error) {
	err = json.Unmarshal(text, &w)
	for _, withdrawal := range w.Withdrawals {
		if withdrawal.Kind == "day" && dayTime(withdrawal.Day).IsZero() {
			err = cmp.Or(err, fmt.Errorf("%q is not a day", withdrawal.Day))
		}
	}
	return w, err
}

// withdrawnFiles returns the file at WithdrawnPath, if anything is withdrawn or in quarantine, and a page in place of each withdrawn edition,
// so that links to it do not break.
func (p *publisher) withdrawnFiles() []outputFile {
	var all []outputFile
	for _, h := range p.src.Hidden {
		if h.Withdrawn {
			day := h.Day
			all = append(all, outputFile{path: dayPath(day) + "index.html", inputHash: hashOf("withdrawn", day), make: func(context.Context) ([]byte, error) {
				return p.theme.render("withdrawn", p.page("withdrawn", dayPath(day), dayTime(day).Format(longDate)))
			}})
		}
	}
	content := Withdrawn{Withdrawals: slices.Clone(p.src.Withdrawals)}
	if f := p.src.IDRoot; p.feedRoot != p.publicFeedRoot {
		content.IDRoot = &IDRoot{f.Day, f.FirstID()}
	}
	for _, id := range p.src.Quarantined {
		content.Quarantined = append(content.Quarantined, p.sourceURI(id))
	}
	if len(content.Withdrawals)+len(content.Quarantined) == 0 && content.IDRoot == nil {
		return all
	}
	for i, w := range content.Withdrawals {
		if w.Source != "" {
			content.Withdrawals[i].Source = p.sourceURI(w.Source)
		}
	}
	return append(all, generated(WithdrawnPath, false, func() ([]byte, error) {
		text, err := json.MarshalIndent(content, "", " ")
		return append(text, '\n'), err
	}))
}

// staleFiles returns the files to remove: those of hidden editions, and those of an earlier Write that contain a withdrawn
// article and that this Write does not write. All other files stay.
func (p *publisher) staleFiles(ctx context.Context, out *outputDir, files []outputFile, prev, next manifest) ([]string, error) {
	current := map[string]bool{}
	for _, f := range files {
		current[f.path] = true
		for _, part := range f.group {
			current[part.path] = true
		}
	}
	var all []string
	add := func(path string) {
		if !current[path] && out.hasFile(path) {
			all = append(all, path)
		}
	}
	for _, h := range p.src.Hidden {
		month, year := string(h.Day[:len("2026-11")]), string(h.Day[:len("2026")])
		for _, path := range []string{dayPath(h.Day) + "index.html", EditionPath(h.Day), periodPath(month) + "index.html", searchShardPath(month),
			archivePath(month), year + "/index.html", "sitemap-" + year + ".xml"} {
			add(path)
		}
	}
	if last := len(p.src.Days); last > 0 && len(p.src.Hidden) > 0 { // months that were taken for over while the clock was ahead
		month := string(p.src.Days[last-1].Day[:len("2026-11")])
		for range 36 { // more than the 400 days that a clock may be ahead
			add(archivePath(month))
			month = nextMonth(month)
		}
	}
	if len(p.src.Withdrawals) == 0 {
		add(WithdrawnPath)
	} else if prev.Withdrawn != next.Withdrawn {
		paths, err := p.filesNamingWithdrawn(ctx, out, current)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			add(path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// generatedDir and generatedFile match the folders and the names of the files that Write generates, with articles in them.
var (
	generatedDir  = regexp.MustCompile(`^(\d{4}|topics|companies|archive|search)$`)
	generatedFile = regexp.MustCompile(`^(index\.html|index\.json|edition\.json|atom\.xml|rss\.xml|feed\.json|\d{4}-\d\d\.(xml|json))$`)
	idOrLink      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|https?://[^\s"'<>\\]+`)
)

// filesNamingWithdrawn returns the generated files, except the current ones, that contain the id or the link of a withdrawn
// article.
func (p *publisher) filesNamingWithdrawn(ctx context.Context, out *outputDir, current map[string]bool) ([]string, error) {
	withdrawn := map[string]bool{}
	if err := p.src.WithdrawnLinks(ctx, func(id, address string) {
		withdrawn[strings.TrimPrefix(id, "urn:uuid:")] = true
		withdrawn[link.WebURI(address)] = true
	}); err != nil {
		return nil, err
	}
	delete(withdrawn, "")
	var all []string
	err := fs.WalkDir(out.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		top, _, deep := strings.Cut(name, "/")
		switch {
		case err != nil || name == ".":
			return err
		case e.IsDir() && !deep && !generatedDir.MatchString(name):
			return fs.SkipDir
		case e.IsDir() || !deep || current[name] || !e.Type().IsRegular() || !generatedDir.MatchString(top) || !generatedFile.MatchString(path.Base(name)):
			return nil
		}
		data, err := out.root.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		for _, m := range idOrLink.FindAll(bytes.ReplaceAll(data, []byte(`\u0026`), []byte("&")), -1) {
			if withdrawn[html.UnescapeString(string(m))] {
				all = append(all, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, fileError(out.dir, err)
	}
	return all, nil
}

// remove deletes files of the output, and the folders that are empty without them.
func (f *outputDir) remove(paths []string) error {
	for _, p := range paths {
		if err := f.root.Remove(filepath.FromSlash(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fileError(filepath.Join(f.dir, filepath.FromSlash(p)), err)
		}
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if f.root.Remove(filepath.FromSlash(dir)) != nil { // the folder has other files
				break
			}
		}
	}
	return nil
}
