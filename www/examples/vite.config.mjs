// One build for the three examples; a project of your own needs its framework's line and `optimizeDeps`.
import react from '@vitejs/plugin-react'
import vue from '@vitejs/plugin-vue'

export default {
  base: './',
  plugins: [react(), vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'kept-insights' } } })],
  optimizeDeps: { exclude: ['kept-insights'] },
  build: { rollupOptions: { input: ['plain', 'react', 'vue'].map((name) => `${import.meta.dirname}/${name}/index.html`) } },
}
