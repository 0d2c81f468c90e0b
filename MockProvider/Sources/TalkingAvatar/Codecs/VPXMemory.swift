// libvpx's four memory functions, in place of its own: the linker takes these, since they are found first.
import Glibc

/// Blocks from this size on get their zeros from the kernel, page by page as they are touched. libvpx's own function
/// writes the zeros, and so makes 7.4 MB of token tables resident for each 640x480 encoder, of which a face needs a
/// hundredth.
private let largeBlock = 1 << 20

/// The alignment that libvpx gives where none is asked for (`vpx_mem.c`, `DEFAULT_ALIGNMENT`).
private let usualAlignment = 2 * MemoryLayout<UnsafeRawPointer>.size

@c(vpx_memalign)
func vpxAlign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, max(alignment, usualAlignment), size) == 0 ? block : nil
}

@c(vpx_malloc)
func vpxAllocate(_ size: Int) -> UnsafeMutableRawPointer? { vpxAlign(usualAlignment, size) }

@c(vpx_calloc)
func vpxAllocateZeros(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: size)
  guard !isTooLarge else { return nil }
  guard bytes >= largeBlock else { return calloc(count, size) }
  let page = sysconf(Int32(_SC_PAGESIZE))
  let pages = (bytes + page - 1) / page * page
  // Whole pages of our own; private memory that is not needed reads as zeros from then on (madvise(2)).
  guard let block = vpxAlign(page, pages) else { return nil }
  if madvise(block, pages, MADV_DONTNEED) != 0 { memset(block, 0, bytes) }
  return block
}

@c(vpx_free)
func vpxFree(_ block: UnsafeMutableRawPointer?) { free(block) }
