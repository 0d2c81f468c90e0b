// Why an encoder did not encode.

/// A codec's refusal. None of them can be helped by trying the same again.
public struct EncoderError: Error, Sendable, Hashable {
  public enum Code: Sendable, Hashable {
    /// The library refused the settings: this program's mistake, or a library that misses a part.
    case notStarted
    /// A picture of another size than the encoder's, or a frame of sound of another length.
    case wrongSize
    /// A number of bits or of frames a second outside its range.
    case outOfBounds
    /// The library failed with a picture or with sound.
    case failed
  }

  public let code: Code
  /// The library's own number, 0 where it was not asked.
  public let status: Int

  init(_ code: Code, status: Int = 0) {
    self.code = code
    self.status = status
  }
}
