// Has the memory of a program that makes pictures given back to the system.
import CTalkingAvatar

/// Pictures, sounds and codecs' tables, in the memory of a process.
public enum LargeBlocks {
  /// Blocks from this size on, in bytes, are mapped alone.
  private static let size: Int32 = 256 << 10

  /// From now on they go back to the system with their session, where a heap would keep the gaps between them
  /// (mallopt(3)). For a program to say, not for a library: it holds for the whole process.
  public static func mapAlone() { mallopt(M_MMAP_THRESHOLD, size) }
}
