package main

import "github.com/spf13/cobra"

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the database, also while a run is at work",
		Args:  one("file"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return s.Backup(c.Context(), args[0])
		},
	}
}
