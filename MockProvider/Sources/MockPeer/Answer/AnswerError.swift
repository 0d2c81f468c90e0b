// Why an SDP answer was not taken.

/// The first thing that is wrong with an answer; it never quotes the answer.
public enum AnswerError: Error, Sendable, Hashable {
  /// Longer than ``PeerAnswer/maximumBytes``.
  case tooLong
  /// Not SDP: the first line is not `v=0`, or a line has no type.
  case notSDP
  /// RFC 3264 section 6: an answer has one section for each of the offer's.
  case sectionCount(found: Int, offered: Int)
  /// A section whose kind or `a=mid` is not the offered one.
  case unknownSection(Int)
  /// An attribute that has to be there is not, or has no valid value.
  case missing(String)
  /// `a=setup` is neither active nor passive (RFC 8842 section 5.3).
  case undecidedSetup
  /// No fingerprint by SHA-256, SHA-384 or SHA-512.
  case noUsableFingerprint
  /// Every section was refused.
  case nothingAccepted
  /// An answer was accepted before, and this is another one.
  case answeredBefore
  /// The peer was closed.
  case closed
}
