package publish

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

//go:embed theme/*.html theme/*.css theme/*.svg theme/*.js
var builtInTheme embed.FS

// theme holds the templates and the static files of the site: those of the folder theme/ here. A maintainer's folder
// replaces single files by name, and adds files of its own under static/.
type theme struct {
	pages map[string]*template.Template // by kind of page: "edition", "month", …
	files map[string][]byte             // static files by path in the output: style.css, search.js, static/…
	hash  string                        // of the templates
	dir   string                        // the maintainer's folder; empty: all files are built in
}

// sharedTemplates are parsed together with the template of each kind of page.
var sharedTemplates = []string{"base.html", "card.html"}

// loadTheme returns the built-in theme, which is parsed once, or reads it and the files in dir that replace parts of it.
func loadTheme(dir string) (*theme, error) {
	if dir == "" {
		return builtIn()
	}
	return readTheme(dir)
}

var builtIn = sync.OnceValues(func() (*theme, error) { return readTheme("") })

func readTheme(dir string) (*theme, error) {
	sources := map[string][]byte{}
	entries, err := builtInTheme.ReadDir("theme")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if sources[e.Name()], err = builtInTheme.ReadFile("theme/" + e.Name()); err != nil {
			return nil, err
		}
	}
	if dir != "" {
		if err := overlayTheme(sources, dir); err != nil {
			return nil, fmt.Errorf("theme %s: %w", dir, err)
		}
	}
	t, err := parseTheme(sources)
	if err != nil {
		return nil, wrapTemplateError(dir, err)
	}
	t.dir = dir
	return t, nil
}

// CheckTheme renders every kind of page with a maintainer's theme and returns the first error, so that it is found before a
// run fails.
func CheckTheme(dir string) error {
	return renderSamples(context.Background(), dir)
}

// overlayTheme replaces built-in files by those of dir, and adds those under static/.
func overlayTheme(sources map[string][]byte, dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("%w; make the folder, or take `theme:` out of feeds.yaml", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("not a folder; name the folder that holds the templates")
	}
	known := slices.Sorted(maps.Keys(sources))
	return fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.IsDir() && name != "." && strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
			return err
		}
		if strings.HasPrefix(e.Name(), ".") || strings.EqualFold(filepath.Ext(name), ".md") {
			return nil
		}
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "static/") {
			return fmt.Errorf("%s is no part of a theme; the parts are %s, and what stands under static/", name, strings.Join(known, ", "))
		}
		if !fs.ValidPath(name) || !e.Type().IsRegular() {
			return fmt.Errorf("%s is not a regular file", name)
		}
		sources[name], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		return err
	})
}

// parseTheme returns the theme of files by name.
func parseTheme(sources map[string][]byte) (*theme, error) {
	t := &theme{pages: map[string]*template.Template{}, files: map[string][]byte{}}
	var templates []any
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		kind, isPage := strings.CutSuffix(name, ".html")
		isPage = isPage && !strings.HasPrefix(name, "static/")
		switch {
		case !isPage:
			t.files[name] = sources[name]
		case slices.Contains(sharedTemplates, name):
			templates = append(templates, name, string(sources[name]))
		default:
			templates = append(templates, name, string(sources[name]))
			page := template.New(kind).Option("missingkey=error")
			for _, part := range append(slices.Clone(sharedTemplates), name) {
				if _, err := page.New(part).Parse(string(sources[part])); err != nil {
					return nil, err
				}
			}
			t.pages[kind] = page
		}
	}
	t.hash = hashOf(templates...)
	return t, nil
}

// render renders a page of a kind.
func (t *theme) render(kind string, page *Page) ([]byte, error) {
	return t.execute(kind, "base.html", page)
}

// renderMain renders the template "main" of a kind of page, without base.html around it.
func (t *theme) renderMain(kind string, page *Page) ([]byte, error) {
	return t.execute(kind, "main", page)
}

func (t *theme) execute(kind, name string, page *Page) ([]byte, error) {
	var b bytes.Buffer
	if err := t.pages[kind].ExecuteTemplate(&b, name, page); err != nil {
		return nil, wrapTemplateError(t.dir, err)
	}
	return b.Bytes(), nil
}

// wrapTemplateError adds the folder of the theme and the remedy to an error of its templates.
func wrapTemplateError(dir string, err error) error {
	if dir == "" {
		return err
	}
	return fmt.Errorf("theme %s: %w; mend it, or take `theme:` out of feeds.yaml", dir, err)
}

// sampleSite returns a publication of two editions that sets each field of Page at least once.
func sampleSite() (config.Config, EditionSource) {
	source := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://blog.example/feed", Name: "A blog", Group: "Blogs", Topics: []string{"topic"}, Company: "company"}
	config := config.Config{
		Title: "Sample", Subtitle: "A sample", URL: "https://sample.example/", Contact: "editor@sample.example",
		Topics: []config.Topic{{Name: "topic"}}, Sources: []broadsheet.Source{source},
	}
	at := time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	also := broadsheet.SourceLink{SourceName: "Another", Link: "https://other.example/", Title: "The same"}
	article := broadsheet.Article{
		Key: "blog.example/a", Link: "https://blog.example/a", Source: source.URL, Title: "An article", Authors: []string{"Somebody"},
		Published: at, Dated: true, Updated: at, Language: "ar", Excerpt: "Its first lines.", Words: 900,
	}
	pick := broadsheet.Pick{Article: article, SourceName: source.Name, Topics: source.Topics, Company: source.Company, Backlog: true, Also: []broadsheet.SourceLink{also}}
	edition := func(_ context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
		more := []broadsheet.SourceOverflow{{SourceName: source.Name, Articles: []broadsheet.SourceLink{also}}}
		return broadsheet.Edition{Day: day, Number: 1, At: at, Picks: []broadsheet.Pick{pick}, More: more, Sources: 1, Waiting: 1}, nil
	}
	return config, EditionSource{
		Days: []EditionRef{{"2026-01-01", 1, 1}, {"2026-01-02", 2, 1}}, Edition: edition,
		Hidden:  []HiddenEdition{{Day: "2026-01-03", Withdrawn: true}},
		Sources: []SourceStatus{{Source: source, HomePage: "https://blog.example/", LastPublished: at, Health: "fine", Articles: 1}},
	}
}

// renderSamples renders every file of sampleSite, and of a publication without editions, with the theme of dir, and discards
// the results.
func renderSamples(ctx context.Context, dir string) error {
	config, src := sampleSite()
	config.Theme = dir
	for _, s := range []EditionSource{src, {}} {
		p, err := newPublisher(config, s)
		if err != nil {
			return err
		}
		files, err := p.files(ctx)
		if err != nil {
			return err
		}
		for _, f := range files {
			if _, err := f.make(ctx); err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
		}
	}
	_, err := NewMessage(config, broadsheet.Edition{Day: "2026-01-01"}, "a@sample.example", "b@sample.example", "")
	return err
}
