package pipeline

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"broadsheet/cmd/internal/files"
)

// unreadableNote is where the database keeps the folder whose files only this user can read, as it was said.
const unreadableNote = "unreadable output"

// checkReadable says once when the umask kept everybody else from reading what was written: cron often has 077, and a web
// server then answers 403. A folder that others could not enter before this run is private on purpose, as is one that is
// shared by way of a group. serve reads the files itself.
func (r *Run) checkReadable(ctx context.Context, before fs.FileInfo, written []string) error {
	if len(written) == 0 || runtime.GOOS == "windows" || r.Command == "serve" || r.Command == "demo" {
		return nil
	}
	folder, err := os.Stat(r.Out)
	if err != nil {
		return err
	}
	file, err := os.Stat(filepath.Join(r.Out, filepath.FromSlash(written[0])))
	if err != nil {
		return err
	}
	at, err := filepath.Abs(r.Out)
	if err != nil {
		return err
	}
	said, err := r.Store.Meta(ctx, unreadableNote)
	if err != nil {
		return err
	}
	private := before != nil && before.Mode().Perm()&0o001 == 0
	open := file.Mode().Perm()&0o004 != 0 && folder.Mode().Perm()&0o001 != 0
	shared := file.Mode().Perm()&0o040 != 0 && folder.Mode().Perm()&0o010 != 0 && files.OfOtherGroup(folder)
	switch {
	case open || shared:
		if said != "" {
			return r.Store.SetMeta(ctx, unreadableNote, "")
		}
	case !private && said != at:
		r.report.trouble = append(r.report.trouble, trouble{name: r.Out, source: r.Out, what: "unreadable", why: "the umask of this run lets nobody else read what it writes, so a web server that is another user cannot show it; " +
			"begin the line in crontab with umask 022 &&, and call once: chmod -R a+rX " + r.Out})
		return r.Store.SetMeta(ctx, unreadableNote, at)
	}
	return nil
}
