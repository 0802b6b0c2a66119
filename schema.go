package broadsheet

func mapSchema(settings []setting, must string) object { return object{"type": "object"} }
func sourcesSchema(headings []setting) object          { return object{"type": "array"} }
