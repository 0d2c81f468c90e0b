// Why bytes are no photo.

/// A photo's refusal. It carries nothing of what the bytes hold.
public enum PhotoError: Error, Sendable, Hashable {
  /// More bytes than ``Photo/maximumBytes``.
  case tooManyBytes
  /// More pixels than ``Photo/maximumPixels``, or a side longer than ``Photo/longestSide``.
  case tooManyPixels
  /// Neither JPEG nor PNG, by the first bytes.
  case unknownFormat
  /// JPEG or PNG that cannot be decoded.
  case damaged
}
