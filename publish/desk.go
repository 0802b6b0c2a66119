package publish

import "broadsheet"

// CheckTheme tells what is wrong with a maintainer's folder of templates, before a run finds out; nil: nothing.
func CheckTheme(dir string) error {
	_, err := loadTheme(dir)
	return err
}

// OPML tells the sources as OPML 2.0, by group: the bytes of opml.xml.
func OPML(config broadsheet.Config, sources []Source) ([]byte, error) {
	return (&press{config: config, shelf: Shelf{Sources: sources}}).opml()
}
