package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/labels"
	"broadsheet/internal/edition"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) rulesCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "rules", Short: "Try the topic rules of feeds.yaml", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return console.UsageError(errors.New("say what to do with the rules, e.g. broadsheet rules test LABELS.jsonl"))
		},
	}
	c.AddCommand(a.rulesTestCommand())
	return c
}

func (a *app) rulesTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test LABELS.jsonl",
		Short: "Judge labelled articles: precision, recall, and what changed since the last test",
		Long: "Judges each line {\"url\", \"title\", \"label\", \"sure\", and where known \"tags\", \"text\", \"source\"} by the rules of\n" +
			"feeds.yaml. A label is \"system\", or true, for an article that is wanted. Lines with \"sure\": false are left out of\n" +
			"precision and recall. What is stored of an article (its text and tags) is used where the line has none.",
		Args: exactlyOneArg("file of labels"),
		RunE: func(c *cobra.Command, args []string) error {
			composer, err := a.composer()
			if err != nil {
				return err
			}
			s, err := a.openOrCreate(c.Context()) // it keeps the results for the next test to compare with
			if err != nil {
				return err
			}
			defer s.Close()
			now, matrix, err := a.scoreLabels(c.Context(), s, composer, args[0])
			if err != nil {
				return err
			}
			matrix.print(c.OutOrStdout())
			return printChanges(c.Context(), c.OutOrStdout(), s, args[0], now)
		},
	}
}

// scoredLabel is the verdict of the rules on one labelled article.
type scoredLabel struct {
	Wanted bool    `json:"wanted"`
	Score  float64 `json:"score"`
}

// confusionMatrix counts verdicts against labels.
type confusionMatrix struct{ truePositive, falsePositive, falseNegative, trueNegative, unsure int }

func (t confusionMatrix) print(w io.Writer) {
	share := func(part, of int) string {
		if of == 0 {
			return "none to measure by"
		}
		return fmt.Sprintf("%.1f%% (%d of %d)", 100*float64(part)/float64(of), part, of)
	}
	fmt.Fprintf(w, "precision  %s\nrecall     %s\nleft out   %d unsure\n", share(t.truePositive, t.truePositive+t.falsePositive), share(t.truePositive, t.truePositive+t.falseNegative), t.unsure)
}

func (a *app) scoreLabels(ctx context.Context, s *store.Store, composer *edition.Composer, path string) (map[string]scoredLabel, confusionMatrix, error) {
	now := map[string]scoredLabel{}
	var t confusionMatrix
	err := labels.Read(path, func(l labels.Article) error {
		article := broadsheet.Article{Link: l.URL, Title: l.Title, Tags: l.Tags, Text: l.Text}
		source := labels.SourceByName(composer.Config, cmp.Or(l.Source, l.Feed))
		if known, err := s.ArticleDetail(ctx, l.URL); err == nil && l.Text == "" {
			article.Text, article.Tags = known.Text, known.Tags
		} else if err != nil && !errors.Is(err, store.ErrUnknown) {
			return err
		}
		v := composer.Rules.Judge(article, source)
		now[l.URL] = scoredLabel{v.Wanted, v.Score}
		switch wanted := l.Label == "system" || l.Label == "true"; {
		case l.Sure != nil && !*l.Sure:
			t.unsure++
		case wanted && v.Wanted:
			t.truePositive++
		case wanted:
			t.falseNegative++
		case v.Wanted:
			t.falsePositive++
		default:
			t.trueNegative++
		}
		return nil
	})
	return now, t, err
}

// printChanges compares the results with those of the last test of the same file, and stores them for the next.
func printChanges(ctx context.Context, w io.Writer, s *store.Store, path string, now map[string]scoredLabel) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	key := "rules test " + full
	last, err := s.Meta(ctx, key)
	if err != nil {
		return err
	}
	if last != "" {
		var before map[string]scoredLabel
		if err := json.Unmarshal([]byte(last), &before); err != nil {
			return fmt.Errorf("what the last test left in the database: %w", err)
		}
		var changed []string
		for url, is := range now {
			if was, known := before[url]; known && was.Wanted != is.Wanted {
				word := "now out"
				if is.Wanted {
					word = "now in "
				}
				changed = append(changed, fmt.Sprintf("%s  %5.1f → %5.1f  %s", word, was.Score, is.Score, url))
			}
		}
		slices.Sort(changed)
		fmt.Fprintf(w, "changed    %d since the last test\n", len(changed))
		for _, line := range changed {
			fmt.Fprintln(w, line)
		}
	}
	kept, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return s.SetMeta(ctx, key, string(kept))
}
