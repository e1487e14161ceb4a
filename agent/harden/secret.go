package harden

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"huddleguard/checks/fact"
)

var (
	errSecret = errors.New("the key can hold a secret, and is never touched")
	errHolds  = errors.New("what stands there may hold a password, a token or an address, and would have to be kept in the history")
)

// secretWords are the words in keys under which programs keep what must not be
// read into a journal: keys, tokens, passwords, meeting ids.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "cookie", "credential",
	"privatekey", "private_key", "apikey", "api_key", "sessionid", "session_id", "meetingid", "meeting_id", "username", "email", "e-mail", "epoch", "oauth"}

// Secret says whether a place's key is one that is never touched, whatever a
// page says.
func Secret(at fact.At) bool {
	if at.Store == "quarantine" || at.Store == "mode" {
		return false // a whole file, which is moved or closed and not read
	}
	section, key := strings.ToLower(at.Section), strings.ToLower(at.Key)
	return strings.HasSuffix(key, "key") || hasSecretWord(section) || hasSecretWord(key)
}

func hasSecretWord(name string) bool {
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// secretText is what a free text can hold beside what is asked for: somebody's
// name before an "@", as in an address or a link with a password in it; the id
// in a link to a meeting; a word for a secret with something behind it.
var secretText = regexp.MustCompile(`(?i)[^\s"'(,;]@[^\s]|/(j|w|wc|s|my)/\d{5}|(` + strings.Join(secretWords, "|") + `|\bkey|\bpass|\bauth|\bpin|\bsig)["']?\s*[=:]`)

// HoldsSecret says whether a value that stands somewhere may be, or hold, a
// secret. Such a value is not changed: what stood there goes into the journal.
func HoldsSecret(value any) bool {
	switch v := value.(type) {
	case string:
		return secretText.MatchString(v)
	case []string:
		return slices.ContainsFunc(v, secretText.MatchString)
	case []any:
		return slices.ContainsFunc(v, HoldsSecret)
	case map[string]any:
		for name, one := range v {
			if hasSecretWord(strings.ToLower(name)) || secretText.MatchString(name) || HoldsSecret(one) {
				return true
			}
		}
	}
	return false
}
