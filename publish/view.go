package publish

// MonthView is a month of editions.
type MonthView struct {
	Name     string // November 2026
	Path     string
	YearPath string
	Year     string
	Editions int
	Articles int
	Days     []DayView // newest first
}

// YearView is a year of the archive.
type YearView struct {
	Name, Path string
	Months     []MonthView // newest first
}

// DayView is an edition as the archive lists it.
type DayView struct {
	Day, Date string
	Path      string
	Number    int
	Articles  int
	Links     []Link // its articles; only where a month is shown by itself
}

// SubjectView is a topic or a company as a page shows it.
type SubjectView struct {
	Label string
	Path  string
	Kind  string // "topic" or "company"
	Cards []Card
	Count int
}

// GroupView is a group of sources.
type GroupView struct {
	Name    string // empty: the sources under no heading
	Sources []SourceView
}

// SourceView is a source as the sources page shows it.
type SourceView struct {
	Name     string
	Home     string // address of its site; may be empty
	Feed     string // address that is asked; empty: a list
	Kind     string
	Last     string // date of its last article in words; empty: none is known
	LastTime string
	Articles string // "214 articles"
	Health   string
	Failing  bool
	Topics   []Link
}
