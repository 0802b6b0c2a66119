// Command broadsheet publishes one edition a day, as static files, from the feeds that feeds.yaml lists. Run it from
// cron; see the README. Each command has a file of its own with its flags, its wording and its exit status; what a
// run does is in cmd/internal/pipeline.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // time zones also where the machine has none, as in an image FROM scratch

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"

	"github.com/spf13/cobra"
)

// env is the environment of the program: everything that a test or the demo replaces.
type env struct {
	stdout, stderr io.Writer
	transport      http.RoundTripper // nil: the network
	clock          func() time.Time  // nil: the machine's
	terminal       bool              // a person reads stderr, whatever it is
	sleep          func(context.Context, time.Duration)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], env{stdout: os.Stdout, stderr: os.Stderr})
	stop()
	os.Exit(status)
}

// softMemory is the memory limit for the garbage collector, in bytes. What is alive at one time is limited by what
// may be read and parsed at one time, far below this, but without it the collector would let more garbage accumulate.
const softMemory = 192 << 20

// run is the whole program: it takes the arguments and returns the exit status.
func run(ctx context.Context, args []string, w env) int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	log.SetOutput(io.Discard) // until the flags are read
	a := &app{env: w, Console: console.New(w.stdout, w.stderr, w.terminal)}
	defer a.RedactOutput()()
	defer func() { a.LibraryLog.Close() }()
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return console.ExitDone
	}
	var e *console.ExitError
	if !errors.As(err, &e) {
		e = &console.ExitError{Status: console.ExitFailed, Err: err}
	}
	if ctx.Err() != nil {
		a.PrintError(slog.LevelWarn, "interrupted; what was recorded stands, the next run goes on from there")
		return console.ExitInterrupted
	}
	if text := e.Error(); text != "" && !e.Printed {
		a.PrintError(slog.LevelError, text)
	}
	return e.Status
}

// command returns the root command, with all others below it.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "broadsheet",
		Short:         "A newspaper from the feeds you list, one edition a day",
		Long:          "broadsheet asks the sources of feeds.yaml what is new and publishes one edition a day\nas static files: an Atom feed and an HTML digest. Try it without network: broadsheet demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return console.UsageError(fmt.Errorf("unknown command %q; see broadsheet --help", args[0]))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			_ = c.Help()
			return console.UsageError(errors.New("a command is missing, e.g. broadsheet run"))
		},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return console.UsageError(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.feeds, "feeds", "feeds.yaml", "the list of sources; the built-in one is used when this is not given and feeds.yaml is not there")
	flags.StringVar(&a.db, "db", "broadsheet.db", "the database")
	flags.StringVar(&a.out, "out", "public", "folder to publish into")
	flags.StringVar(&a.filesDir, "files", "", "the `folder` below which the files of file: sources are; without it none is read")
	flags.StringVar(&a.nowFlag, "now", "", "believe that it is this `time` (RFC 3339)")
	flags.BoolVarP(&a.Quiet, "quiet", "q", false, "print nothing but what a person must look at")
	flags.StringVar(&a.LogFormat, "log-format", "", "write events in place of sentences, one a line: text or json")
	flags.StringVar(&a.LogLevel, "log-level", "info", "the least `level` of events: debug, info, warn, error")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.prepare(c) }
	root.AddCommand(a.checkCommand(), a.addCommand(), a.importCommand(), a.exportCommand(), a.searchCommand(), a.schemaCommand(),
		a.referenceCommand(), a.manCommand(), feedsTopic()) // for maintainers of feeds.yaml
	root.AddCommand(a.runCommand(), a.fetchCommand(), a.publishCommand(), a.serveCommand(), a.rebuildCommand(), a.withdrawCommand(), a.trustCommand(), a.articlesCommand(), a.demoCommand(),
		a.statusCommand(), a.whyCommand(), a.previewCommand(), a.tryCommand(),
		a.rulesCommand(), a.mailCommand(), a.backupCommand(), a.versionCommand())
	return root
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "broadsheet", cmp.Or(pipeline.Version(), "of no known version"))
			return err
		},
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return console.UsageError(fmt.Errorf("%s takes no argument, but got %q; see %s --help", c.CommandPath(), args[0], c.CommandPath()))
	}
	return nil
}

// wallClock is the machine's clock. Tests replace it with one that panics: each test provides its own.
var wallClock = time.Now

// prepare reads the flags that all commands share.
func (a *app) prepare(c *cobra.Command) error {
	a.feedsGiven = c.Flags().Changed("feeds")
	for _, name := range []string{"feeds", "db", "out", "files"} {
		if f := c.Flags().Lookup(name); f != nil && f.Value.String() == "" && (f.DefValue != "" || f.Changed) {
			return console.UsageError(fmt.Errorf("--%s is empty; name a place, or leave it out for %s", name, cmp.Or(f.DefValue, "none")))
		}
	}
	if a.now = wallClock; a.env.clock != nil {
		a.now = a.env.clock
	}
	if a.nowFlag != "" {
		at, err := time.Parse(time.RFC3339, a.nowFlag)
		if err != nil {
			return console.UsageError(fmt.Errorf("--now %q is not a time; write it like 2026-11-24T06:00:00Z", a.nowFlag))
		}
		if at.Unix() < 0 {
			return console.UsageError(fmt.Errorf("--now %q is before 1970, when there was nothing to read", a.nowFlag))
		}
		a.now = func() time.Time { return at }
	}
	a.commandName = c.Name()
	a.Clock = a.now
	if err := a.StartLog(); err != nil {
		return err
	}
	a.RedirectLibraryLogs()
	return nil
}
