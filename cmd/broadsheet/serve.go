package main

import (
	"errors"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/server"

	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run all day: ask sources when they are due, cut the edition on time, and serve the output over HTTP",
		Long: "serve does what run does, all day: it asks each source when it is due, cuts the edition at its time, and serves the\n" +
			"output. A changed feeds.yaml is taken over at once, and on SIGHUP; a wrong one is told, and the old one stays in force.\n" +
			"Beside the output there are /healthz and /metrics.",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.nowFlag != "" {
				return console.UsageError(errors.New("serve needs a clock that goes, and --now stands still; leave it out"))
			}
			if a.LogFormat == "" {
				a.LogFormat = "text"
				if err := a.StartLog(); err != nil {
					return err
				}
			}
			// The lock is held until serve ends, not per round: a run started by cron beside it learns at once that a
			// server is at work, rather than competing with it by chance.
			return a.locked(func() error { return a.server().Serve(c.Context(), listen) })
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`address` to serve at; :8080 is every address of this machine")
	return a.withReportFlags(c)
}

// server returns a Server with the options of the flags.
func (a *app) server() *server.Server {
	return &server.Server{Options: a.options(), Feeds: a.feeds, LoadConfig: a.config, Sleep: a.env.sleep}
}
