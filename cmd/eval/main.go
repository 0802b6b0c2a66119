// Command eval scores excerpts, stories and topics against labelled sets, with the very code that a run uses.
// CONTRIBUTING.md describes the sets. It is not part of the product.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/labels"
	"broadsheet/fetch/extract"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/rules"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func main() {
	c := &cobra.Command{
		Use: "eval", Short: "Score excerpts, stories and topics against labelled sets", SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to score: excerpts DIR, stories FILE or topics FILE")
		},
	}
	c.AddCommand(excerptsCommand(), storiesCommand(), topicsCommand())
	if c.Execute() != nil {
		os.Exit(1)
	}
}

// exactlyOneArg accepts exactly one argument. what names it in the error.
func exactlyOneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s takes one %s; see %s --help", c.CommandPath(), what, c.CommandPath())
		}
		return nil
	}
}

func excerptsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "excerpts DIR",
		Short: "Read DIR/pages/<id>.html, with addresses from DIR/truth.json, and print {id: excerpt}",
		Args:  exactlyOneArg("folder"),
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

// excerptOf returns the excerpt that a run would publish of a page.
func excerptOf(body []byte, link string, b *excerpt.Boilerplate) string {
	page := extract.ReadHTML(body, "text/html", link, "", b)
	excerpt, _ := b.Choose("", "", page, nil)
	return excerpt
}

func storiesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stories FILE",
		Short: "Take in arrivals, JSON lines in order, and print {id: story}",
		Args:  exactlyOneArg("file"),
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
				return err
			}
			defer in.Close()
			return store.Arrivals(c.Context(), s, time.Now(), in, c.OutOrStdout())
		},
	}
}

func topicsCommand() *cobra.Command {
	var why bool
	var feeds string
	c := &cobra.Command{
		Use:   "topics FILE",
		Short: "Read JSON lines {url, title, tags, text, source} and print {url: score}",
		Args:  exactlyOneArg("file"),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := files.ReadFeeds(feeds)
			if errors.Is(err, fs.ErrNotExist) && !c.Flags().Changed("feeds") {
				text, err = broadsheet.DefaultFeeds, nil
			}
			if err != nil {
				return err
			}
			conf, err := config.Parse(feeds, text)
			if err != nil {
				return err
			}
			judge := rules.New(conf)
			scores := map[string]float64{}
			out := json.NewEncoder(c.OutOrStdout())
			err = labels.Read(args[0], func(e labels.Article) error {
				s := labels.SourceByName(conf, e.Source)
				v := judge.Judge(broadsheet.Article{Link: e.URL, Title: e.Title, Tags: e.Tags, Text: e.Text}, s)
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
	c.Flags().StringVar(&feeds, "feeds", "feeds.yaml", "the list of sources, with the topics")
	c.Flags().BoolVar(&why, "why", false, "print one line an article, with the reasons for its score")
	return c
}
