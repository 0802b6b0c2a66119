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
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

//go:embed theme/*.html theme/*.css theme/*.svg theme/*.js
var builtIn embed.FS

// theme is how pages look: templates and the files they use. Its parts are those of the folder theme/ here; a
// maintainer's folder replaces them one by one, by name, and adds files of its own under static/.
type theme struct {
	pages map[string]*template.Template // by kind: "edition", "month", …
	files map[string][]byte             // path in the output → bytes: style.css, search.js, static/…
	print string                        // changes when the templates do
	dir   string                        // the maintainer's folder; empty: all is built in
}

// shared are the templates that all pages are made with.
var shared = []string{"base.html", "card.html"}

// loadTheme reads the built-in theme and, where dir is given, what replaces it.
func loadTheme(dir string) (*theme, error) {
	sources := map[string][]byte{}
	entries, err := builtIn.ReadDir("theme")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if sources[e.Name()], err = builtIn.ReadFile("theme/" + e.Name()); err != nil {
			return nil, err
		}
	}
	if dir != "" {
		if err := overlay(sources, dir); err != nil {
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

// CheckTheme tells what is wrong with a maintainer's folder of templates, before a run finds out, by
// making every kind of page with it; nil: nothing.
func CheckTheme(dir string) error {
	return renderSamples(context.Background(), dir)
}

// overlay puts the files of dir in the place of the built-in ones.
func overlay(sources map[string][]byte, dir string) error {
	at, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("%w; make the folder, or take `theme:` out of feeds.yaml", err)
	}
	if !at.IsDir() {
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

func parseTheme(sources map[string][]byte) (*theme, error) {
	t := &theme{pages: map[string]*template.Template{}, files: map[string][]byte{}}
	var prints []any
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		kind, isPage := strings.CutSuffix(name, ".html")
		isPage = isPage && !strings.HasPrefix(name, "static/")
		switch {
		case !isPage:
			t.files[name] = sources[name]
		case slices.Contains(shared, name):
			prints = append(prints, name, string(sources[name]))
		default:
			prints = append(prints, name, string(sources[name]))
			page := template.New(kind).Option("missingkey=error")
			for _, part := range append(slices.Clone(shared), name) {
				if _, err := page.New(part).Parse(string(sources[part])); err != nil {
					return nil, err
				}
			}
			t.pages[kind] = page
		}
	}
	t.print = fingerprint(prints...)
	return t, nil
}

// render makes a page of a kind.
func (t *theme) render(kind string, page *Page) ([]byte, error) {
	return t.execute(kind, "base.html", page)
}

// part makes what a kind of page holds, without the frame around it.
func (t *theme) part(kind string, page *Page) ([]byte, error) { return t.execute(kind, "main", page) }

func (t *theme) execute(kind, name string, page *Page) ([]byte, error) {
	var b bytes.Buffer
	if err := t.pages[kind].ExecuteTemplate(&b, name, page); err != nil {
		return nil, wrapTemplateError(t.dir, err)
	}
	return b.Bytes(), nil
}

// wrapTemplateError names the folder of the theme whose template is at fault.
func wrapTemplateError(dir string, err error) error {
	if dir == "" {
		return err
	}
	return fmt.Errorf("theme %s: %w; mend it, or take `theme:` out of feeds.yaml", dir, err)
}

// sample is a publication of two editions in which each thing that a template may be given is there once.
func sample() (config.Config, EditionSource) {
	source := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://blog.example/feed", Name: "A blog", Group: "Blogs", Topics: []string{"topic"}, Company: "company"}
	config := config.Config{
		Title: "Sample", Subtitle: "A sample", URL: "https://sample.example/", Contact: "editor@sample.example",
		Topics: []config.Topic{{Name: "topic"}}, Sources: []broadsheet.Source{source},
	}
	at := time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	also := broadsheet.Also{SourceName: "Another", Link: "https://other.example/", Title: "The same"}
	article := broadsheet.Article{
		Key: "blog.example/a", Link: "https://blog.example/a", Source: source.URL, Title: "An article", Authors: []string{"Somebody"},
		Published: at, Dated: true, Updated: at, Language: "ar", Excerpt: "Its first lines.", Words: 900,
	}
	pick := broadsheet.Pick{Article: article, SourceName: source.Name, Topics: source.Topics, Company: source.Company, Backlog: true, Also: []broadsheet.Also{also}}
	edition := func(_ context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
		more := []broadsheet.More{{SourceName: source.Name, Articles: []broadsheet.Also{also}}}
		return broadsheet.Edition{Day: day, Number: 1, At: at, Picks: []broadsheet.Pick{pick}, More: more, Sources: 1, Waiting: 1}, nil
	}
	return config, EditionSource{
		Days: []Day{{"2026-01-01", 1, 1}, {"2026-01-02", 2, 1}}, Edition: edition,
		Hidden:  []Hidden{{Day: "2026-01-03", Withdrawn: true}},
		Sources: []Source{{Source: source, HomePage: "https://blog.example/", Last: at, Health: "fine", Articles: 1}},
	}
}

// renderSamples makes every sheet of a sample with the theme of dir, and throws it away.
func renderSamples(ctx context.Context, dir string) error {
	config, shelf := sample()
	config.Theme = dir
	for _, s := range []EditionSource{shelf, {}} {
		p, err := newPublisher(config, s)
		if err != nil {
			return err
		}
		sheets, err := p.files(ctx)
		if err != nil {
			return err
		}
		for _, s := range sheets {
			if _, err := s.make(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
		}
	}
	_, err := NewMessage(config, broadsheet.Edition{Day: "2026-01-01"}, "a@sample.example", "b@sample.example", "")
	return err
}
