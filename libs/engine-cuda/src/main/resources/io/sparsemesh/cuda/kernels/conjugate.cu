// Steps of preconditioned conjugate gradient on the rows of a matrix, a block a row with sums in
// double, and small systems, a thread each. CPU references: NaivePruningOps (descend, turn,
// factorEach, solveEach).

// X := X + a P and R := R - a AP where Q is not 0, R := 0 elsewhere; a = energy / sum of P AP,
// and nothing moves where there is no energy or no curvature.
extern "C" __global__ void descend(const float* q, long stride_q, float* x, long stride_x, float* r, long stride_r,
                                   const float* p, long stride_p, const float* ap, long stride_ap, float* energies,
                                   long stride_energy, float least_energy, long cols) {
    __shared__ double scratch[WARP];
    long row = blockIdx.x;
    q += row * stride_q;
    x += row * stride_x;
    r += row * stride_r;
    p += row * stride_p;
    ap += row * stride_ap;
    float energy = energies[row * stride_energy];
    double sum = 0;
    if (energy > least_energy) {
        for (long c = threadIdx.x; c < cols; c += blockDim.x) {
            sum += (double)p[c] * ap[c];
        }
    }
    double curvature = block_sum(sum, scratch);
    bool moves = curvature > 0;
    float a = moves ? (float)(energy / curvature) : 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        if (q[c] == 0) {
            r[c] = 0;
        } else if (moves) {
            x[c] = fmaf(a, p[c], x[c]);
            r[c] = fmaf(-a, ap[c], r[c]);
        }
    }
    if (threadIdx.x == 0 && !moves) {
        energies[row * stride_energy] = 0;
    }
}

// AP := Z = R / d - AP where Q is not 0, else 0; P := Z + new / energy P with new = sum of R Z.
// What P was is not read where there was no energy.
extern "C" __global__ void turn(const float* q, long stride_q, const float* d, long, const float* r, long stride_r,
                                float* p, long stride_p, float* ap, long stride_ap, float* energies,
                                long stride_energy, long cols) {
    __shared__ double scratch[WARP];
    long row = blockIdx.x;
    q += row * stride_q;
    r += row * stride_r;
    p += row * stride_p;
    ap += row * stride_ap;
    float energy = energies[row * stride_energy];
    double sum = 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        float z = q[c] == 0 ? 0 : r[c] / d[c] - ap[c];
        ap[c] = z;
        sum += (double)r[c] * z;
    }
    // All have read the energy once they are here.
    float next = block_sum(sum, scratch);
    float b = energy > 0 ? next / energy : 0;
    for (long c = threadIdx.x; c < cols; c += blockDim.x) {
        p[c] = b == 0 ? ap[c] : fmaf(b, p[c], ap[c]);
    }
    if (threadIdx.x == 0) {
        energies[row * stride_energy] = next;
    }
}

// A + 1 = L L^T of the system in each column: its lower triangle, row by row down the column.
extern "C" __global__ void factor_each(float* a, long stride, long systems, int order) {
    long system = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (system >= systems) {
        return;
    }
    float* l = a + system;
    for (int i = 0; i < order; i++) {
        float* row = l + (long)i * (i + 1) / 2 * stride;
        for (int j = 0; j <= i; j++) {
            const float* other = l + (long)j * (j + 1) / 2 * stride;
            float left = row[j * stride];
            for (int m = 0; m < j; m++) {
                left = fmaf(-row[m * stride], other[m * stride], left);
            }
            row[j * stride] = i == j ? sqrtf(left + 1) : left / other[j * stride];
        }
    }
}

// C := L^-T L^-1 C for the system in each column.
extern "C" __global__ void solve_each(const float* triangles, long stride_l, float* right, long stride_c, long systems,
                                      int order) {
    long system = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (system >= systems) {
        return;
    }
    const float* l = triangles + system;
    float* c = right + system;
    for (int i = 0; i < order; i++) {
        const float* row = l + (long)i * (i + 1) / 2 * stride_l;
        float left = c[i * stride_c];
        for (int j = 0; j < i; j++) {
            left = fmaf(-row[j * stride_l], c[j * stride_c], left);
        }
        c[i * stride_c] = left / row[i * stride_l];
    }
    for (int i = order - 1; i >= 0; i--) {
        float left = c[i * stride_c];
        for (int j = i + 1; j < order; j++) {
            left = fmaf(-l[((long)j * (j + 1) / 2 + i) * stride_l], c[j * stride_c], left);
        }
        c[i * stride_c] = left / l[((long)i * (i + 1) / 2 + i) * stride_l];
    }
}
