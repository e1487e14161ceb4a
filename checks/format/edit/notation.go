package edit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"huddleguard/checks/fact"
)

// errKind means a value that a place cannot hold.
var errKind = errors.New("a value of a kind that cannot be written there")

// answers are the words for no and yes that files use.
var answers = [][2]string{{"0", "1"}, {"false", "true"}, {"no", "yes"}, {"off", "on"}}

// answer writes yes or no in the words of what stands there, else as the place
// is known to.
func answer(v bool, like string, at fact.At) string {
	words, isAnswer := wordsOf(like)
	if _, err := strconv.ParseInt(like, 10, 64); !isAnswer && (err == nil || at.Digits) {
		words = answers[0]
	}
	word := words[0]
	if v {
		word = words[1]
	}
	if !isAnswer {
		return word
	}
	return inCaseOf(like, word)
}

// wordsOf are the words for no and yes that one of them belongs to, else those
// most files use.
func wordsOf(like string) (words [2]string, ok bool) {
	for _, pair := range answers {
		if strings.EqualFold(like, pair[0]) || strings.EqualFold(like, pair[1]) {
			return pair, true
		}
	}
	return answers[1], false
}

// inCaseOf writes a word as "True" or "TRUE" where like is so.
func inCaseOf(like, word string) string {
	switch {
	case like == strings.ToLower(like):
		return word
	case like == strings.ToUpper(like):
		return strings.ToUpper(word)
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// number writes a number, and tells whether the value is one.
func number(value any) (string, bool) {
	switch v := value.(type) {
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case json.Number:
		return v.String(), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10), true
		}
		return strconv.FormatFloat(v, 'g', -1, 64), !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	return "", false
}

// items are the texts of a list, and tells whether the value is one.
func items(value any) ([]string, bool) {
	switch v := value.(type) {
	case []string:
		return v, true
	case []any:
		out := make([]string, len(v))
		for i := range v {
			out[i] = fmt.Sprint(v[i])
		}
		return out, true
	}
	return nil, false
}

// word writes a value that is no list for a format of plain text.
func word(value any, like string, at fact.At) (string, error) {
	switch v := value.(type) {
	case bool:
		return answer(v, like, at), nil
	case string:
		return v, nil
	}
	if n, ok := number(value); ok {
		return n, nil
	}
	return "", errKind
}
