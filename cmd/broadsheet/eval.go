package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"broadsheet"
	"broadsheet/fetch/extract"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

// evalCommand scores the code that `run` uses; CONTRIBUTING.md tells how.
func (a *app) evalCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "eval", Short: "Score excerpts, stories and topics against labelled sets", Hidden: true, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return wrong(fmt.Errorf("say what to score: excerpts DIR, stories FILE or topics FILE"))
		},
	}
	c.AddCommand(a.evalExcerptsCommand(), a.evalStoriesCommand(), a.evalTopicsCommand())
	return c
}

// one asks for exactly one argument, called what.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return wrong(fmt.Errorf("%s takes one %s; see %s --help", c.CommandPath(), what, c.CommandPath()))
		}
		return nil
	}
}

func (a *app) evalExcerptsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "excerpts DIR",
		Short: "Read DIR/pages/<id>.html, with addresses from DIR/truth.json, and print {id: excerpt}",
		Args:  one("folder"),
		RunE: func(c *cobra.Command, args []string) error {
			boilerplate, err := excerpt.NewBoilerplate(nil)
			if err != nil {
				return err
			}
			truth := map[string]struct {
				URL string `json:"url"`
			}{}
			data, err := os.ReadFile(filepath.Join(args[0], "truth.json"))
			if err != nil {
				return err
			}
			if err := json.Unmarshal(data, &truth); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(args[0], "truth.json"), err)
			}
			excerpts := map[string]string{}
			for id, page := range truth {
				body, err := os.ReadFile(filepath.Join(args[0], "pages", id+".html"))
				if err != nil {
					return err
				}
				excerpts[id] = excerptOf(body, page.URL, boilerplate)
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(excerpts)
		},
	}
}

// excerptOf is what a run would publish of a page.
func excerptOf(body []byte, link string, b *excerpt.Boilerplate) string {
	page := extract.ReadHTML(body, "text/html", link, "", b)
	excerpt, _ := b.Best("", "", page, nil)
	return excerpt
}

func (a *app) evalStoriesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stories FILE",
		Short: "Take in arrivals, JSON lines in order, and print {id: story}",
		Args:  one("file"),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := os.MkdirTemp("", "broadsheet-eval-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			s, err := store.Open(c.Context(), filepath.Join(dir, "eval.db"))
			if err != nil {
				return err
			}
			defer s.Close()
			in, err := os.Open(args[0])
			if err != nil {
				return wrong(fmt.Errorf("%s cannot be read: %w", args[0], cause(err)))
			}
			defer in.Close()
			return store.Arrivals(c.Context(), s, a.now(), in, c.OutOrStdout())
		},
	}
}

func (a *app) evalTopicsCommand() *cobra.Command {
	var why bool
	c := &cobra.Command{
		Use:   "topics FILE",
		Short: "Read JSON lines {url, title, tags, text, source} and print {url: score}",
		Args:  one("file"),
		RunE: func(c *cobra.Command, args []string) error {
			desk, err := a.desk()
			if err != nil {
				return err
			}
			scores := map[string]float64{}
			out := json.NewEncoder(c.OutOrStdout())
			err = jsonLines(args[0], func(e labelled) error {
				s := a.sourceOf(desk, e.Source)
				v := desk.Rules.Judge(broadsheet.Article{Link: e.URL, Title: e.Title, Tags: e.Tags, Text: e.Text}, s)
				scores[e.URL] = v.Score
				if why {
					return out.Encode(map[string]any{"url": e.URL, "score": v.Score, "wanted": v.Wanted, "topics": v.Topics, "company": v.Company, "why": v.Why})
				}
				return nil
			})
			if err != nil || why {
				return err
			}
			return out.Encode(scores)
		},
	}
	c.Flags().BoolVar(&why, "why", false, "print one line an article, with the reasons for its score")
	return c
}

// labelled is an article of a labelled set.
type labelled struct {
	URL    string `json:"url"`
	Title  string `json:"title"`
	Tags   tags   `json:"tags"`
	Text   string `json:"text"`
	Source string `json:"source"`
	Feed   string `json:"feed"`
	Label  string `json:"label"`
	Sure   *bool  `json:"sure"`
}

// tags are a list of words, or one string of them parted by commas.
type tags []string

func (t *tags) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*t = nil
		for tag := range strings.SplitSeq(text, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				*t = append(*t, tag)
			}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// sourceOf finds a source by its name or address; an unknown one has no rules of its own.
func (a *app) sourceOf(desk *edition.Composer, name string) broadsheet.Source {
	for _, s := range desk.Config.Sources {
		if name != "" && (s.Name == name || s.URL == name) {
			return s
		}
	}
	return broadsheet.Source{Kind: broadsheet.KindFeed, URL: name, Name: name, Take: broadsheet.TakeMatching}
}

// jsonLines reads a file of one JSON object a line; "-" is the standard input.
func jsonLines[T any](path string, each func(T) error) error {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := openInput(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s:%d: not a JSON object as expected: %w", path, n, err)
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return lines.Err()
}
