package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/internal/config"
	"broadsheet/internal/health"
	"broadsheet/internal/plain"
	"broadsheet/publish"

	"github.com/spf13/cobra"
)

// checkOptions holds the flags of `check`.
type checkOptions struct {
	online, fix, dryRun, asJSON bool
	failOn                      []string
}

func (a *app) checkCommand() *cobra.Command {
	var opts checkOptions
	c := &cobra.Command{
		Use:   "check [feeds.yaml]",
		Short: "Tell every mistake in feeds.yaml; with --online also how each source answers, with --fix mend addresses",
		Long: "Tells every mistake in feeds.yaml with its place and a remedy, and ends with status 2 when there is one.\n" +
			"With --online each source is asked once and what comes is told; nothing is recorded. With --fix addresses that\n" +
			"moved for good, and whose new place answered as a source should, are changed in feeds.yaml. Where a feed is gone\n" +
			"its site is searched, as add does, and what certainly continues it takes its place; what may be another feed is\n" +
			"only named. The change is shown first, and all else in the file stays as it is; the source keeps its articles.\n" +
			"--dry-run only shows it.",
		Example: "  broadsheet check\n  broadsheet check --online --json\n  broadsheet check --fix --dry-run",
		Args:    atMostOneArg("feeds.yaml"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.feeds, a.feedsGiven = args[0], true
			}
			return a.check(c.Context(), c.OutOrStdout(), opts)
		},
	}
	c.Flags().BoolVar(&opts.online, "online", false, "ask each source once, and record nothing")
	c.Flags().BoolVar(&opts.fix, "fix", false, "change addresses that moved, and those of feeds that are gone and go on elsewhere, in feeds.yaml (asks the sources)")
	c.Flags().BoolVarP(&opts.dryRun, "dry-run", "n", false, "with --fix: only show what would be changed")
	c.Flags().BoolVar(&opts.asJSON, "json", false, "print JSON")
	c.Flags().StringSliceVar(&opts.failOn, "fail-on", nil, "with --online: end with status 3 when a source is one of `these`: "+strings.Join(slices.Concat(health.Names(), causes()), ", "))
	return c
}

// causes returns the kinds of result that are no states: what exactly is wrong with a source that fails.
func causes() []string {
	return slices.DeleteFunc(slices.Clone(findingKinds), func(kind string) bool {
		_, isState := health.ByName(kind)
		return isState
	})
}

func (opts *checkOptions) validate() (err error) {
	if opts.failOn, err = parseStates(opts.failOn, causes()); err != nil {
		return err
	}
	switch {
	case opts.dryRun && !opts.fix:
		return console.UsageError(errors.New("--dry-run belongs to --fix: nothing else of check changes anything"))
	case opts.fix && opts.asJSON:
		return console.UsageError(errors.New("--fix shows a diff, which is no JSON; call check --online --json, then check --fix"))
	case len(opts.failOn) > 0 && !opts.online && !opts.fix:
		return console.UsageError(errors.New("--fail-on needs --online: without it no source is asked"))
	}
	return nil
}

func (a *app) check(ctx context.Context, w io.Writer, opts checkOptions) error {
	if err := opts.validate(); err != nil {
		return err
	}
	config, err := a.config()
	if err == nil && config.Theme != "" {
		if fault := publish.CheckTheme(config.Theme); fault != nil {
			err = console.UsageError(fmt.Errorf("%s: %w", a.feeds, fault))
		}
	}
	if err != nil || !opts.online && !opts.fix {
		return a.printErrors(w, config, err, opts.asJSON)
	}
	return a.checkOnline(ctx, w, config, opts)
}

// printErrors prints the result of a check without --online: the mistakes in feeds.yaml, or that there are none.
func (a *app) printErrors(w io.Writer, c config.Config, err error, asJSON bool) error {
	var mistakes config.Errors
	switch known := errors.As(err, &mistakes); {
	case asJSON && (known || err == nil):
		list := []mistake{}
		for _, m := range mistakes {
			list = append(list, mistake(m))
		}
		if failed := printJSON(w, list); failed != nil || err == nil {
			return failed
		}
		return console.UsageError(errors.New(plain.Count(len(mistakes), "mistake")))
	case err != nil:
		return err
	case a.Quiet:
		return nil
	}
	name := a.feeds
	if _, gone := os.Stat(name); gone != nil {
		name = "the built-in feeds.yaml (there is no " + name + " here)"
	}
	_, err = fmt.Fprintf(w, "%s: no mistake. %s, %s.\n", name, plain.Count(len(c.Sources), "source"), plain.Count(len(c.Topics), "topic"))
	if n := countFiles(c); err == nil && n > 0 && a.filesDir == "" {
		_, err = fmt.Fprintf(w, "%s: read only with --files, the folder that its file is below.\n", plain.Count(n, "file source"))
	}
	return err
}

// countFiles returns how many sources are files.
func countFiles(c config.Config) (n int) {
	for _, s := range c.Sources {
		if s.Kind == broadsheet.KindFile {
			n++
		}
	}
	return n
}

// mistake is a mistake in feeds.yaml, as JSON.
type mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"column"`
	Problem string `json:"what"`
	Remedy  string `json:"remedy"`
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// atMostOneArg accepts one argument or none. what names the argument in the error.
func atMostOneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return console.UsageError(fmt.Errorf("%s takes one %s at most, but got %d; see %s --help", c.CommandPath(), what, len(args), c.CommandPath()))
		}
		return nil
	}
}
