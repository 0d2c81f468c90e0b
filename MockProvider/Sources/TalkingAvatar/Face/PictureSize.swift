// How large a picture is.

/// A width and a height in pixels, both even: the chroma planes of I420 have half of them.
public struct PictureSize: Sendable, Hashable {
  /// Why there is no such size.
  public enum Refusal: Error, Sendable, Hashable {
    /// A side is shorter than 64 or longer than 1920 pixels.
    case outOfBounds
  }

  /// What a side may measure, in pixels. Below, a caption has no room; above, the vendors send nothing either.
  public static let sides = 64...1920

  public let width: Int
  public let height: Int

  /// An odd side grows by one pixel.
  public init(width: Int, height: Int) throws(Refusal) {
    guard Self.sides.contains(width), Self.sides.contains(height) else { throw .outOfBounds }
    self.init(evenWidth: (width + 1) & ~1, evenHeight: (height + 1) & ~1)
  }

  /// Unchecked; for what is known to be even.
  init(evenWidth: Int, evenHeight: Int) {
    (width, height) = (evenWidth, evenHeight)
  }

  public static let square320 = PictureSize(evenWidth: 320, evenHeight: 320)
  public static let square512 = PictureSize(evenWidth: 512, evenHeight: 512)
  public static let vga = PictureSize(evenWidth: 640, evenHeight: 480)
  public static let hd720 = PictureSize(evenWidth: 1280, evenHeight: 720)
}
