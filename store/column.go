package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// moment is a time's column: seconds since 1970 in UTC, NULL for the zero time.
type moment struct{ t *time.Time }

func (m moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.Unix(v, 0).UTC()
	default:
		return fmt.Errorf("a time is %T", v)
	}
	return nil
}

// unix is what a time's column holds.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// list is the column of a list of words: a JSON array, NULL when it is empty.
type list struct{ words *[]string }

func (l list) Scan(v any) error {
	*l.words = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), l.words)
	}
	return fmt.Errorf("a list is %T", v)
}

func (l list) Value() (driver.Value, error) {
	if len(*l.words) == 0 {
		return nil, nil
	}
	return asText{*l.words}.Value()
}

// asText is the column of a value that is only ever read whole: its JSON.
type asText struct{ value any }

func (c asText) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a value is %T", v)
	}
	return json.Unmarshal([]byte(s), c.value)
}

func (c asText) Value() (driver.Value, error) {
	b, err := json.Marshal(c.value)
	return string(b), err
}
